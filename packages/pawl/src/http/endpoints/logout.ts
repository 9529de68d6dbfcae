import { clearedCookies } from '../cookies.js';
import { type HttpRequest, type HttpResponse, noContent } from '../exchange.js';
import type { Services } from '../handler.js';
import { receiveRefreshToken } from './refresh.js';

/**
 * `POST /logout`: ends the session of a refresh token. 204 whether or not the token was still good.
 *
 * @throws PawlError `invalid_request` without a token, `cross_site_request`, `store_unavailable`
 */
export async function logoutEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const { token, byCookie } = await receiveRefreshToken(services, request);
  await services.authority.logout(token);
  return noContent(byCookie ? clearedCookies : []);
}
