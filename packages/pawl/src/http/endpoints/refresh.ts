import type { PawlError } from '../../errors.js';
import { findBoundCaller, refuseWhilePending } from '../bound-browser.js';
import { clearedCookies, readCookie, refreshCookie, tokenCookies } from '../cookies.js';
import { provenKey } from '../dpop.js';
import type { HttpRequest, HttpResponse } from '../exchange.js';
import { json, whereFrom } from '../exchange.js';
import type { Services } from '../handler.js';
import { malformed, readJson } from '../parameters.js';
import { refusedRefresh, requireRefreshing } from '../refused-refresh.js';
import { requireSameOrigin } from '../same-origin.js';
import { tokenBody, transportBody } from '../token-body.js';

/** A refresh token and how it came. */
export interface ReceivedToken {
  readonly token: string;
  readonly byCookie: boolean;
}

/**
 * The refresh token of a first-party call: the body's, else the cookie's, which needs the own origin.
 *
 * @returns null when there is none
 * @throws PawlError `invalid_request`, `cross_site_request`
 */
export async function receiveRefreshToken(
  services: Services,
  request: HttpRequest,
): Promise<ReceivedToken | null> {
  const parameters = await readJson(request);
  const token = parameters.optional('refresh_token');
  if (token !== null) return { token, byCookie: false };
  const cookie = readCookie(request, refreshCookie);
  if (cookie === null) return null;
  requireSameOrigin(request, services.origin);
  return { token: cookie, byCookie: true };
}

/** The error of a call without a refresh token. */
export function noRefreshToken(): PawlError {
  return malformed('The parameter "refresh_token" is missing.');
}

/**
 * `POST /refresh`: a refresh token against the next tokens of its session. A session that is bound by DPoP needs a proof by its key; a proof
 * that is refused leaves it as it was. A browser whose key has taken the token's place has refreshed before it let this call go out; the
 * answer tells how long its access token is good for.
 *
 * @throws PawlError `unsupported_grant_type` with `mode: 'session'`, `invalid_request`, `invalid_dpop_proof`, `use_dpop_nonce`,
 * `cross_site_request`, `store_unavailable`, `claims_unavailable`, `browser_refresh_pending`
 */
export async function refreshEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  requireRefreshing(services);
  const received = await receiveRefreshToken(services, request);
  if (received === null) return answerBoundBrowser(services, request);
  const { token, byCookie } = received;
  if (byCookie) await refuseWhilePending(services, request);
  const key = await provenKey(services, request);
  const result = await services.authority.refresh({
    refreshToken: token,
    ...(key === null ? {} : { provenKey: key }),
    transport: byCookie ? 'cookie' : 'body',
    ...whereFrom(request),
  });
  if (!result.granted)
    return refusedRefresh(byCookie && result.sessionOver ? clearedCookies(services.authority.mode) : []);
  const { outcome, tokens, stretched, keptAccessSeconds } = result;
  const outcomeHeader = ['pawl-refresh', outcome] as const;
  if (!byCookie) return json(200, tokenBody(tokens), [outcomeHeader]);
  const cookies = tokenCookies(outcome, tokens, stretched);
  // An answer without cookies delivers no access token: the body speaks of the one that the browser has.
  const expiresInSeconds = cookies.length === 0 ? keptAccessSeconds : tokens.expiresInSeconds;
  return json(200, transportBody({ ...tokens, expiresInSeconds }), [outcomeHeader, ...cookies]);
}

async function answerBoundBrowser(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const current = await findBoundCaller(services, request);
  if (current === null) throw noRefreshToken();
  return json(200, transportBody(current), [['pawl-refresh', 'kept']]);
}
