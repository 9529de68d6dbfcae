import type { SessionInfo } from '../../authority/authority.js';
import { PawlError } from '../../errors.js';
import { type Caller, requireCaller } from '../bearer.js';
import { clearedCookies } from '../cookies.js';
import { type HttpRequest, type HttpResponse, json, noContent } from '../exchange.js';
import type { Services } from '../handler.js';

/**
 * `GET /sessions`: the caller's live sessions, newest first.
 *
 * @throws PawlError `invalid_token`, `token_unproven`, `store_unavailable`
 */
export async function listSessionsEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const { claims } = await requireCaller(services, request, 'read');
  const sessions = await services.authority.listSessions(claims.sub);
  return json(200, { sessions: sessions.map((session) => sessionBody(session, claims.sid)) });
}

function sessionBody(session: SessionInfo, currentId: string): object {
  return {
    id: session.id,
    current: session.id === currentId,
    device: session.device,
    created_at: Math.floor(session.createdAt),
    last_refreshed_at: session.lastRefreshedAt === null ? null : Math.floor(session.lastRefreshedAt),
    expires_at: Math.floor(session.expiresAt),
  };
}

/**
 * `DELETE /sessions/{id}`: ends one session of the caller. Ending one that had ended is no error; one of another subject is
 * as unknown as one that never was.
 *
 * @throws PawlError `invalid_token`, `token_unproven`, `not_found`, `cross_site_request`, `store_unavailable`
 */
export async function revokeSessionEndpoint(
  services: Services,
  request: HttpRequest,
  sessionId: string,
): Promise<HttpResponse> {
  const caller = await requireCaller(services, request, 'write');
  const { sub, sid } = caller.claims;
  const found = await services.authority.findSession(sessionId);
  if (found?.subject !== sub) throw new PawlError('not_found', 'no such session of this subject');
  await services.authority.revokeSession(sessionId);
  return noContent(sessionId === sid ? cookiesOf(services, caller) : []);
}

/**
 * `DELETE /sessions`: ends every session of the caller but this one.
 *
 * @throws PawlError `invalid_token`, `token_unproven`, `cross_site_request`, `store_unavailable`
 */
export async function revokeOthersEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const { claims } = await requireCaller(services, request, 'write');
  await services.authority.revokeOthers(claims.sub, claims.sid);
  return noContent();
}

/**
 * `POST /sessions/revoke-all`: ends every session of the caller, this one included.
 *
 * @throws PawlError `invalid_token`, `token_unproven`, `cross_site_request`, `store_unavailable`
 */
export async function revokeAllEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const caller = await requireCaller(services, request, 'write');
  await services.authority.revokeSubject(caller.claims.sub);
  return noContent(cookiesOf(services, caller));
}

function cookiesOf(services: Services, caller: Caller): HttpResponse['headers'] {
  return caller.byCookie ? clearedCookies(services.authority.mode) : [];
}
