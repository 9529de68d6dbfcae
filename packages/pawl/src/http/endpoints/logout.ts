import { readAuthorization } from '../bearer.js';
import { findBoundCaller } from '../bound-browser.js';
import { clearedCookies, readCookie, sessionCookie } from '../cookies.js';
import { type HttpRequest, type HttpResponse, noContent } from '../exchange.js';
import type { Services } from '../handler.js';
import { malformed, readJson } from '../parameters.js';
import { requireSameOrigin } from '../same-origin.js';
import { noRefreshToken, type ReceivedToken, receiveRefreshToken } from './refresh.js';

/**
 * `POST /logout`: ends the session of a refresh token, or of a session token. 204 whether or not the token was still good.
 *
 * @throws PawlError `invalid_request` without a token, `cross_site_request`, `browser_refresh_pending`, `store_unavailable`
 */
export async function logoutEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const { mode } = services.authority;
  const received = await (mode === 'session' ? receiveSessionToken : receiveRefreshToken)(services, request);
  if (received === null) return logoutBoundBrowser(services, request);
  const { token, byCookie } = received;
  await services.authority.logout(token);
  return noContent(byCookie ? clearedCookies(mode) : []);
}

/** The browser ends its part when it next refreshes: that answer says that the session is over. */
async function logoutBoundBrowser(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const current = await findBoundCaller(services, request);
  if (current === null) throw noRefreshToken();
  const { sessionId, subject } = current;
  await services.authority.revokeSession(sessionId, { subject, cause: 'logout' });
  return noContent(clearedCookies(services.authority.mode));
}

/** The body's, else that of `Authorization`, else the cookie's, which needs the own origin. */
async function receiveSessionToken(services: Services, request: HttpRequest): Promise<ReceivedToken> {
  const parameters = await readJson(request);
  const token = parameters.optional('session_token') ?? readAuthorization(request)?.token ?? null;
  if (token !== null) return { token, byCookie: false };
  const cookie = readCookie(request, sessionCookie);
  if (cookie === null) throw malformed('The parameter "session_token" is missing.');
  requireSameOrigin(request, services.origin);
  return { token: cookie, byCookie: true };
}
