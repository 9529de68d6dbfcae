import type { CurrentAccess, FoundSession } from '../authority/authority.js';
import { PawlError } from '../errors.js';
import { accessCookie, readCookie } from '../request/cookies.js';
import type { HttpRequest } from './exchange.js';
import type { Services } from './services.js';
import { requireSameOrigin } from './require-same-origin.js';

/**
 * The caller of a browser that has no refresh token any more, because its key has taken the token's place; null when no access cookie says
 * who it is.
 *
 * @throws PawlError `cross_site_request`, `browser_refresh_pending`, `store_unavailable`
 */
export async function findBoundCaller(
  services: Services,
  request: HttpRequest,
): Promise<CurrentAccess | null> {
  const token = readCookie(request, accessCookie);
  if (token !== null) requireSameOrigin(request, services.origin);
  const current = token === null ? null : await services.authority.dbsc.current(token);
  if (current === null) await refuseWhilePending(services, request);
  return current;
}

/**
 * Refuses a call of a browser that could not refresh its bound session just now, and says so: what it sends is old, and judged like
 * anybody's it would look like a thief's, or like the end.
 *
 * @throws PawlError `browser_refresh_pending`, `store_unavailable`
 */
export async function refuseWhilePending(services: Services, request: HttpRequest): Promise<void> {
  const session = await findSkipped(services, request);
  if (session?.alive === true && session.binding === 'browser') {
    throw new PawlError('browser_refresh_pending', 'the browser could not refresh its bound session');
  }
}

/** Ends the bound session that this browser has when another login takes its place: both would renew the same cookie. */
export async function endPredecessor(services: Services, request: HttpRequest): Promise<void> {
  const token = readCookie(request, accessCookie);
  const current = token === null ? null : await services.authority.dbsc.current(token);
  const session =
    current === null
      ? await findSkipped(services, request)
      : await services.authority.findSession(current.sessionId);
  if (session?.alive !== true || session.binding !== 'browser') return;
  await services.authority.revokeSession(session.id, { subject: session.subject, cause: 'logout' });
}

/** The session that the browser says it could not refresh before this request. */
async function findSkipped(services: Services, request: HttpRequest): Promise<FoundSession | null> {
  const header = request.header('secure-session-skipped');
  const identifier = /;\s*session_identifier="([^"\\]+)"/.exec(header ?? '')?.[1];
  return identifier === undefined ? null : services.authority.dbsc.find(identifier);
}
