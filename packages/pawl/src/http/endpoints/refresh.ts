import type { PawlError } from '../../errors.js';
import { actingFor, actingForPage } from '../acting-client.js';
import { findBoundCaller, refuseWhilePending } from '../bound-browser.js';
import { provenKey } from '../dpop.js';
import { type HttpRequest, type HttpResponse, json, whereFrom } from '../exchange.js';
import { malformed, one, type Parameters, type ParameterSpec } from '../parameters.js';
import { refusedRefresh, requireRefreshing } from '../refused-refresh.js';
import { requireSameOrigin } from '../require-same-origin.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { jsonBody, tokenSchema, transportSchema } from '../schemas.js';
import type { Services } from '../services.js';
import { tokenBody, transportBody } from '../token-body.js';

/** A refresh token and how it came. */
interface ReceivedToken {
  readonly token: string;
  readonly byCookie: boolean;
  /** Whether the cookie outlives the browser. */
  readonly isRemembered: boolean;
}

/** What names the token of a first-party call. */
export const refreshTokenParameters: Readonly<Record<'refresh_token', ParameterSpec>> = {
  refresh_token: one('The refresh token. Absent where it is in the cookie.'),
};

/** The outcomes of a refresh that worked, for the reference. */
export const outcomeHeader = {
  'Pawl-Refresh': 'what became of the session: `rotated`, `kept`, `replayed`, `forked` or `healed`',
} as const;

/**
 * The refresh token of a first-party call: the body's, else the cookie's, which needs the own origin.
 *
 * @returns null when there is none
 * @throws PawlError `cross_site_request`
 */
function receiveRefreshToken(
  services: Services,
  request: HttpRequest,
  parameters: Parameters<'refresh_token'>,
): ReceivedToken | null {
  const token = parameters.optional('refresh_token');
  if (token !== null) return { token, byCookie: false, isRemembered: true };
  const cookie = services.cookies.refresh(request);
  if (cookie === null) return null;
  requireSameOrigin(request, services.origin);
  return { ...cookie, byCookie: true };
}

/** The error of a call without a refresh token. */
function noRefreshToken(): PawlError {
  return malformed('The parameter "refresh_token" is missing.');
}

/** `POST /refresh` */
export const refreshRoute: AnyRoute = defineRoute({
  method: 'POST',
  path: '/refresh',
  summary:
    'A refresh token against the next tokens of its session. A session that is bound by DPoP needs a proof by its key; a proof that is refused leaves it as it was. A browser whose key has taken the place of the token has refreshed before it let this call go out; the answer tells how long its access token is good for.',
  caller: 'anybody',
  takes: 'json',
  parameters: refreshTokenParameters,
  requestHeaders: {
    DPoP: 'a proof (RFC 9449), for a bound session',
    Origin: "with the cookie: the issuer's own, or `Sec-Fetch-Site: same-origin`",
  },
  answers: [
    {
      status: 200,
      description: 'Refreshed, or a retry of a refresh a moment ago.',
      body: jsonBody(tokenSchema),
      headers: outcomeHeader,
    },
    {
      status: 200,
      description: 'The same, where the refresh token came by cookie.',
      body: jsonBody(transportSchema),
      headers: {
        ...outcomeHeader,
        'Set-Cookie':
          'the tokens; with `healed` the access token alone, with `kept` none or the access token',
      },
    },
    {
      status: 200,
      description: 'The browser has refreshed by its key: nothing is handed out.',
      body: jsonBody(transportSchema),
      headers: { 'Pawl-Refresh': '`kept`' },
    },
  ],
  errors: [
    'unsupported_grant_type',
    'invalid_grant',
    'invalid_dpop_proof',
    'use_dpop_nonce',
    'cross_site_request',
    'clients_unavailable',
    'store_unavailable',
    'claims_unavailable',
    'browser_refresh_pending',
  ],
  example: `curl -H 'content-type: application/json' http://localhost:3000/refresh -d "{\\"refresh_token\\":\\"$REFRESH\\"}"`,
  run: refresh,
});

async function refresh(
  services: Services,
  { request, parameters }: RouteCall<'refresh_token'>,
): Promise<HttpResponse> {
  requireRefreshing(services);
  const received = receiveRefreshToken(services, request, parameters);
  if (received === null) return answerBoundBrowser(services, request);
  const { token, byCookie } = received;
  if (byCookie) await refuseWhilePending(services, request);
  const key = await provenKey(services, request);
  const result = await services.authority.refresh({
    refreshToken: token,
    ...(byCookie ? actingForPage(services) : actingFor(services, null, 'first-party')),
    ...(key === null ? {} : { provenKey: key }),
    transport: byCookie ? 'cookie' : 'body',
    ...whereFrom(request),
  });
  if (!result.granted) return refusedRefresh(byCookie && result.sessionOver ? services.cookies.cleared : []);
  const { outcome, tokens, stretched, keptAccessSeconds } = result;
  const told = ['pawl-refresh', outcome] as const;
  if (!byCookie) return json(200, tokenBody(tokens), [told]);
  const cookies = services.cookies.ofOutcome(outcome, tokens, received.isRemembered, stretched);
  // An answer without cookies delivers no access token: the body speaks of the one that the browser has.
  const expiresInSeconds = cookies.length === 0 ? keptAccessSeconds : tokens.expiresInSeconds;
  return json(200, transportBody({ ...tokens, expiresInSeconds }), [told, ...cookies]);
}

async function answerBoundBrowser(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const current = await findBoundCaller(services, request);
  if (current === null) throw noRefreshToken();
  return json(200, transportBody(current), [['pawl-refresh', 'kept']]);
}
