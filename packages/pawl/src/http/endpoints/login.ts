import { maxStateCharacters } from '../authentication.js';
import { provenKey } from '../dpop.js';
import { PawlError } from '../../errors.js';
import { type HttpResponse, json } from '../exchange.js';
import { errorBody } from '../answer-error.js';
import { type LoginInput, logIn } from '../log-in.js';
import { malformed, one, type Parameters } from '../parameters.js';
import { requireSameOrigin } from '../require-same-origin.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { factorSchema, jsonBody, sessionTokenSchema, tokenSchema, transportSchema } from '../schemas.js';
import type { Services } from '../services.js';
import { loginHeaders } from '../start-session.js';
import { loginBody, transportBody } from '../token-body.js';

const parameters = {
  username: one('Who logs in. May be left out, together with the password, where `state` is sent.'),
  password: one('The password.'),
  state: one(
    'What an answer `factor_required` gave, sent back with the factor. The factor is a member of the name that the server asks for, such as `otp`.',
  ),
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
    "A username and a password, or the next factor, against the first tokens of a session, or with `mode: 'session'` against its session token. A DPoP proof binds the session to its key.",
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
    {
      status: 401,
      description:
        'The password is right, and another factor is needed: repeat the call with `state` and the factor.',
      body: jsonBody(factorSchema),
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
  const credentials = { ...typed(given), ...delivery(given) };
  const { transport, remember } = credentials;
  if (transport === 'cookie') requireSameOrigin(request, services.origin);
  const key = await provenKey(services, request);
  const result = await logIn(services, request, { ...credentials, key });
  if (!result.granted) {
    const { factors, state } = result;
    return json(401, {
      ...errorBody(new PawlError('factor_required', 'another factor is needed')),
      factors,
      state,
    });
  }
  const { tokens } = result;
  if (transport === 'body') return json(200, loginBody(tokens));
  return json(200, transportBody(tokens), loginHeaders(services, tokens, { remember, key }));
}

type Given = Parameters<keyof typeof parameters>;

function typed(given: Given): Pick<LoginInput, 'username' | 'password' | 'state' | 'members'> {
  const state = given.optional('state');
  if (state === '' || (state?.length ?? 0) > maxStateCharacters) {
    throw malformed(`The parameter "state" must have 1 to ${String(maxStateCharacters)} characters.`);
  }
  const isFactor =
    state !== null && given.optional('username') === null && given.optional('password') === null;
  return {
    username: isFactor ? null : given.required('username'),
    password: isFactor ? null : given.required('password'),
    state,
    members: given.members(),
  };
}

function delivery(given: Given): Pick<LoginInput, 'device' | 'transport' | 'remember'> {
  return {
    device: given.optional('device'),
    transport: given.optional('transport') === 'cookie' ? 'cookie' : 'body',
    remember: given.flag('remember') ?? true,
  };
}
