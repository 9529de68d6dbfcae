import { Secret } from '../../base/secret.js';
import { PawlError } from '../../errors.js';
import { endPredecessor } from '../bound-browser.js';
import { provenKey } from '../dpop.js';
import { type HttpResponse, json } from '../exchange.js';
import { one } from '../parameters.js';
import { requireSameOrigin } from '../require-same-origin.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { jsonBody, sessionTokenSchema, tokenSchema, transportSchema } from '../schemas.js';
import type { Services } from '../services.js';
import { loginCookies } from '../session-cookies.js';
import { loginBody, transportBody } from '../token-body.js';
import { registrationOffer } from './dbsc.js';

const parameters = {
  username: one('Who logs in.', { required: true }),
  password: one('The password.', { required: true }),
  device: one('What the owner will recognise the device by; at most 200 characters.'),
  transport: one('Whether the tokens come in the body or in cookies. Default `body`.', {
    values: ['body', 'cookie'],
  }),
} as const;

/** `POST /login` */
export const loginRoute: AnyRoute = defineRoute({
  method: 'POST',
  path: '/login',
  summary:
    "A username and a password against the first tokens of a session, or with `mode: 'session'` against its session token. A DPoP proof binds the session to its key.",
  caller: 'anybody',
  takes: 'json',
  parameters,
  requestHeaders: {
    DPoP: 'a proof (RFC 9449), which binds the session to its key',
    Origin: 'with `transport: "cookie"`: the issuer\'s own, or `Sec-Fetch-Site: same-origin`',
  },
  answers: [
    { status: 200, description: 'Logged in, with tokens in the body.', body: jsonBody(tokenSchema) },
    {
      status: 200,
      description: "Logged in with `mode: 'session'`, with the token in the body.",
      body: jsonBody(sessionTokenSchema),
    },
    {
      status: 200,
      description: 'Logged in with `transport: "cookie"`.',
      body: jsonBody(transportSchema),
      headers: {
        'Set-Cookie': 'the tokens',
        'Secure-Session-Registration':
          'the offer to a browser to bind the session to a key of its own, where the issuer is https, the login had no proof and `deviceBoundSessions` is not off',
      },
    },
  ],
  errors: [
    'invalid_dpop_proof',
    'use_dpop_nonce',
    'invalid_credentials',
    'too_many_attempts',
    'cross_site_request',
    'store_unavailable',
    'claims_unavailable',
  ],
  example: `curl -H 'content-type: application/json' http://localhost:3000/login \\
  -d "{\\"username\\":\\"demo\\",\\"password\\":\\"$PASSWORD\\"}"`,
  run: logIn,
});

async function logIn(
  services: Services,
  { request, parameters: given }: RouteCall<keyof typeof parameters>,
): Promise<HttpResponse> {
  const username = given.required('username');
  const password = new Secret(given.required('password'));
  const device = given.optional('device');
  const transport = given.optional('transport') === 'cookie' ? 'cookie' : 'body';
  // A login by another site would put its own session into this browser.
  if (transport === 'cookie') requireSameOrigin(request, services.origin);

  const { authenticate, authority } = services;
  const key = await provenKey(services, request);
  const authentication = await authenticate({ username, password, address: request.address });
  if (!authentication.ok) {
    services.metrics.countLogin(authentication.reason);
    if (authentication.reason === 'wrong') throw new PawlError('invalid_credentials', 'login refused');
    const { retryAfterSeconds } = authentication;
    throw new PawlError('too_many_attempts', 'login throttled', { retryAfterSeconds });
  }
  const { subject, amr, acr, scope, epoch } = authentication;
  if (transport === 'cookie') await endPredecessor(services, request);
  const login = await authority.login({
    subject,
    amr,
    ...(acr === undefined ? {} : { acr }),
    ...(scope === undefined ? {} : { scope }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(device === null ? {} : { device }),
    // A session token in a cookie is shown without a proof, and never refreshed: there is nothing that a key could be asked for.
    ...(key === null || (transport === 'cookie' && authority.mode === 'session') ? {} : { boundKey: key }),
    transport,
    ...(request.address === null ? {} : { address: request.address }),
  });
  services.metrics.countLogin(login.granted ? 'granted' : 'wrong');
  // A subject that is gone, disabled, or was revoked while the password was checked gets the answer of a wrong password.
  if (!login.granted) throw new PawlError('invalid_credentials', `login refused: subject ${login.outcome}`);
  if (transport === 'body') return json(200, loginBody(login.tokens));
  return json(200, transportBody(login.tokens), [
    ...loginCookies(login.tokens),
    // A session has one key: the one that came with the login is as good as the browser's.
    ...(key === null ? registrationOffer(services, login.tokens.sessionId) : []),
  ]);
}
