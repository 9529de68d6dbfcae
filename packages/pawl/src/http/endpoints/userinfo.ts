import { requireCaller } from '../bearer.js';
import { type HttpRequest, type HttpResponse, json } from '../exchange.js';
import type { Services } from '../handler.js';

// What a token says of itself, not of the user.
const aboutToken: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'iat', 'jti', 'cnf', 'epoch']);

/**
 * `GET /userinfo`: what the access token says of the user and the login.
 *
 * @throws PawlError `invalid_token`, `token_unproven`, `store_unavailable`
 * @see [OpenID Connect Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)
 */
export async function userinfoEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const { claims } = await requireCaller(services, request, 'read');
  const about = Object.entries(claims).filter(([name]) => !aboutToken.has(name));
  return json(200, Object.fromEntries(about));
}
