import type { CurrentAccess } from '../authority/dbsc.js';
import type { FoundSession } from '../authority/sessions.js';
import { PawlError } from '../errors.js';
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
  const token = services.cookies.caller(request);
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

/**
 * What the browser has of a session, the best first: its refresh token, its access token or session token, and the identifier of a bound session that
 * it could not refresh. Any texts.
 */
export function heldByBrowser({ cookies }: Services, request: HttpRequest): readonly string[] {
  const held = [cookies.refresh(request)?.token, cookies.caller(request), skippedIdentifier(request)];
  return held.filter((token) => typeof token === 'string');
}

/** The session that the browser says it could not refresh before this request. */
async function findSkipped(services: Services, request: HttpRequest): Promise<FoundSession | null> {
  const identifier = skippedIdentifier(request);
  return identifier === null ? null : services.authority.dbsc.find(identifier);
}

function skippedIdentifier(request: HttpRequest): string | null {
  const header = request.header('secure-session-skipped');
  return /;\s*session_identifier="([^"\\]+)"/.exec(header ?? '')?.[1] ?? null;
}
