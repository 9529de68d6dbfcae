import { readCredentials } from '../../request/credentials.js';
import { requireOwner } from '../client-authentication.js';
import { findBoundCaller } from '../bound-browser.js';
import { type HttpRequest, type HttpResponse, noContent } from '../exchange.js';
import { malformed, one, type Parameters, severalCredentials } from '../parameters.js';
import { requireSameOrigin } from '../require-same-origin.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import type { Services } from '../services.js';
import { refreshTokenParameters } from './refresh.js';

const tokenParameters = {
  ...refreshTokenParameters,
  session_token: one(
    "With `mode: 'session'`: the session token. Absent where it is in `Authorization` or in the cookie.",
  ),
} as const;

/** `POST /logout` */
export const logoutRoute: AnyRoute = defineRoute({
  method: 'POST',
  path: '/logout',
  summary:
    'Ends the session of a refresh token, or of a session token. The answer is the same whether or not the token was still good.',
  caller: 'anybody',
  takes: 'json',
  parameters: tokenParameters,
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
  errors: [
    'invalid_client',
    'cross_site_request',
    'browser_refresh_pending',
    'clients_unavailable',
    'store_unavailable',
  ],
  example: `curl -i -H 'content-type: application/json' http://localhost:3000/logout -d "{\\"refresh_token\\":\\"$REFRESH\\"}"`,
  run: logOut,
});

async function logOut(
  services: Services,
  { request, parameters }: RouteCall<keyof typeof tokenParameters>,
): Promise<HttpResponse> {
  const { authority } = services;
  const name = authority.mode === 'session' ? 'session_token' : 'refresh_token';
  const token = tokenOf(request, parameters, name);
  if (token !== null) {
    // An own application shows no secret here.
    await authority.logout(
      token,
      async (clientId) =>
        (await services.clients.isFirstParty(clientId)) || requireOwner(services, null, clientId),
    );
    return noContent();
  }
  const headers = await logOutByCookie(services, request);
  if (headers === null) throw malformed(`The parameter "${name}" is missing.`);
  return noContent(headers);
}

/** The token of the body; a session token may stand in `Authorization`. */
function tokenOf(
  request: HttpRequest,
  parameters: Parameters<keyof typeof tokenParameters>,
  name: keyof typeof tokenParameters,
): string | null {
  const named = parameters.optional(name);
  const credentials = readCredentials(request);
  if (name === 'refresh_token') return named;
  if (credentials.kind === 'several' || (named !== null && credentials.kind === 'token')) {
    throw severalCredentials();
  }
  return credentials.kind === 'token' ? credentials.token : named;
}

/**
 * Ends the session of a browser's cookies. Resolves to the headers that take the cookies away, and to null when the browser says nothing of a session.
 *
 * @throws PawlError `cross_site_request`, `browser_refresh_pending`, `store_unavailable`
 */
export async function logOutByCookie(
  services: Services,
  request: HttpRequest,
): Promise<HttpResponse['headers'] | null> {
  const { authority, cookies } = services;
  const token = authority.mode === 'session' ? cookies.caller(request) : cookies.refresh(request)?.token;
  if (typeof token === 'string') {
    requireSameOrigin(request, services.origin);
    await authority.logout(token);
    return cookies.cleared;
  }
  // The browser ends its part when it next refreshes: that answer says that the session is over.
  const current = await findBoundCaller(services, request);
  if (current === null) return null;
  const { sessionId, subject } = current;
  await authority.revokeSession(sessionId, { subject, cause: 'logout' });
  return cookies.cleared;
}
