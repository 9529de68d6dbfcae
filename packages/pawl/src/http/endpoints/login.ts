import { provenKey } from '../dpop.js';
import { type HttpResponse, json } from '../exchange.js';
import { type Credentials, type LoggedIn, logIn } from '../log-in.js';
import { one } from '../parameters.js';
import { requireSameOrigin } from '../require-same-origin.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { jsonBody, sessionTokenSchema, tokenSchema, transportSchema } from '../schemas.js';
import type { Services } from '../services.js';
import { loginBody, transportBody } from '../token-body.js';
import { registrationOffer } from './dbsc.js';

const parameters = {
  username: one('Who logs in.', { required: true }),
  password: one('The password.', { required: true }),
  device: one(
    'What the owner will recognise the device by. It is kept without what cannot be shown, and cut to 200 characters.',
  ),
  transport: one('Whether the tokens come in the body or in cookies. Default `body`.', {
    values: ['body', 'cookie'],
  }),
  remember: one(
    'Whether the login shall outlive the browser: `false` gives cookies that end with it, and an idle end of a day. Default `true`.',
    { type: 'flag' },
  ),
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
  run: answerLogin,
});

async function answerLogin(
  services: Services,
  { request, parameters: given }: RouteCall<keyof typeof parameters>,
): Promise<HttpResponse> {
  const transport = given.optional('transport') === 'cookie' ? 'cookie' : 'body';
  const remember = given.flag('remember') ?? true;
  const username = given.required('username');
  const password = given.required('password');
  const device = given.optional('device');
  if (transport === 'cookie') requireSameOrigin(request, services.origin);
  const key = await provenKey(services, request);
  const tokens = await logIn(services, request, { username, password, device, transport, remember, key });
  if (transport === 'cookie') return answerByCookie(services, tokens, { remember, key });
  return json(200, loginBody(tokens));
}

/** What goes with a login by cookie. */
export function loginHeaders(
  services: Services,
  tokens: LoggedIn,
  { remember, key }: Pick<Credentials, 'remember' | 'key'>,
): HttpResponse['headers'] {
  // A session has one key: the one that came with the login is as good as the browser's. And one that is to be forgotten is not kept by the browser.
  const isOffered = key === null && remember && 'refreshToken' in tokens;
  return [
    ...services.cookies.ofLogin(tokens, remember),
    ...(isOffered ? registrationOffer(services, tokens.sessionId) : []),
  ];
}

function answerByCookie(
  services: Services,
  tokens: LoggedIn,
  how: Pick<Credentials, 'remember' | 'key'>,
): HttpResponse {
  return json(200, transportBody(tokens), loginHeaders(services, tokens, how));
}
