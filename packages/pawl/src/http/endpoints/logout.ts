import { readCookie, sessionCookie } from '../../request/cookies.js';
import { readCredentials } from '../../request/credentials.js';
import { findBoundCaller } from '../bound-browser.js';
import { type HttpRequest, type HttpResponse, noContent } from '../exchange.js';
import { malformed, one, type Parameters } from '../parameters.js';
import { requireSameOrigin } from '../require-same-origin.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import type { Services } from '../services.js';
import { clearedCookies } from '../session-cookies.js';
import {
  noRefreshToken,
  type ReceivedToken,
  receiveRefreshToken,
  refreshTokenParameters,
} from './refresh.js';

type Name = 'refresh_token' | 'session_token';

/** `POST /logout` */
export const logoutRoute: AnyRoute = defineRoute({
  method: 'POST',
  path: '/logout',
  summary:
    'Ends the session of a refresh token, or of a session token. The answer is the same whether or not the token was still good.',
  caller: 'anybody',
  takes: 'json',
  parameters: {
    ...refreshTokenParameters,
    session_token: one(
      "With `mode: 'session'`: the session token. Absent where it is in `Authorization` or in the cookie.",
    ),
  },
  requestHeaders: {
    Origin: "with the cookie: the issuer's own, or `Sec-Fetch-Site: same-origin`",
  },
  answers: [
    { status: 204, description: 'Logged out.' },
    {
      status: 204,
      description: 'Logged out, where the token came by cookie.',
      headers: { 'Set-Cookie': 'takes the cookies away' },
    },
  ],
  errors: ['cross_site_request', 'browser_refresh_pending', 'store_unavailable'],
  example: `curl -i -H 'content-type: application/json' http://localhost:3000/logout -d "{\\"refresh_token\\":\\"$REFRESH\\"}"`,
  run: logOut,
});

async function logOut(services: Services, { request, parameters }: RouteCall<Name>): Promise<HttpResponse> {
  const { mode } = services.authority;
  const received =
    mode === 'session'
      ? receiveSessionToken(services, request, parameters)
      : receiveRefreshToken(services, request, parameters);
  if (received === null) return logOutBoundBrowser(services, request);
  const { token, byCookie } = received;
  await services.authority.logout(token);
  return noContent(byCookie ? clearedCookies(mode) : []);
}

/** The browser ends its part when it next refreshes: that answer says that the session is over. */
async function logOutBoundBrowser(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const current = await findBoundCaller(services, request);
  if (current === null) throw noRefreshToken();
  const { sessionId, subject } = current;
  await services.authority.revokeSession(sessionId, { subject, cause: 'logout' });
  return noContent(clearedCookies(services.authority.mode));
}

/** The body's, else that of `Authorization`, else the cookie's, which needs the own origin. */
function receiveSessionToken(
  services: Services,
  request: HttpRequest,
  parameters: Parameters<Name>,
): ReceivedToken {
  const named = parameters.optional('session_token');
  const credentials = readCredentials(request);
  if (credentials.kind === 'several' || (named !== null && credentials.kind === 'token')) {
    throw malformed('The request holds more than one access token or credential.');
  }
  const token = credentials.kind === 'token' ? credentials.token : named;
  if (token !== null) return { token, byCookie: false };
  const cookie = readCookie(request, sessionCookie);
  if (cookie === null) throw malformed('The parameter "session_token" is missing.');
  requireSameOrigin(request, services.origin);
  return { token: cookie, byCookie: true };
}
