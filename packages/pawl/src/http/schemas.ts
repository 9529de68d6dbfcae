import type { AnswerSpec, Schema } from './route-spec.js';

/** A text. */
export const text = (description: string): Schema => ({ type: 'string', description });

/** A list of texts. */
export const texts = (description: string): Schema => ({
  type: 'array',
  items: { type: 'string' },
  description,
});

const instant = (description: string): Schema => ({
  type: 'integer',
  description: `${description}, epoch seconds`,
});

const nullable = (type: 'string' | 'integer', description: string): Schema => ({
  type: [type, 'null'],
  description,
});

/** An object with members that are there and, in the second place, members that may be. */
export function objectOf(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

/** The same under a name, which the document refers to. */
export function named(title: string, schema: Schema): Schema {
  return { title, ...schema };
}

/** The body of an answer in JSON. */
export function jsonBody(schema: Schema): NonNullable<AnswerSpec['body']> {
  return { type: 'application/json', schema };
}

/** The body of every error. */
export const errorSchema: Schema = named(
  'Error',
  objectOf({ error: text('code'), error_description: text('one sentence') }),
);

/** What a login answers when the password is right and another factor is needed. */
export const factorSchema: Schema = named(
  'FactorRequired',
  objectOf({
    error: { type: 'string', const: 'factor_required' },
    error_description: text('one sentence'),
    factors: texts('what may be sent next, such as `otp`'),
    state: text('sent back with the factor'),
  }),
);

const tokenType: Schema = { type: 'string', enum: ['Bearer', 'DPoP'] };

const delivered = {
  token_type: tokenType,
  expires_in: { type: 'integer', description: 'lifetime of the access token in seconds' },
  session_id: text('id of the session'),
} as const satisfies Readonly<Record<string, Schema>>;

const scope = { scope: text('space-separated; absent when it is empty') };

/** `TransportBody`: tokens that travel in cookies. */
export const transportSchema: Schema = named('TokensInCookies', objectOf(delivered, scope));

/** `TokenBody` */
export const tokenSchema: Schema = named(
  'Tokens',
  objectOf(
    {
      access_token: text('RFC 9068 JWT'),
      refresh_token: text('opaque, or a JWT with refreshFormat "jwt"'),
      refresh_generation: { type: 'integer', description: 'place of the refresh token in its session' },
      refresh_fork: { type: 'integer', description: 'orders refresh tokens of one generation' },
      ...delivered,
    },
    scope,
  ),
);

/** `SessionTokenBody` */
export const sessionTokenSchema: Schema = named(
  'SessionToken',
  objectOf({ session_token: text('stays the same for the life of the session'), ...delivered }, scope),
);

/** What `/sessions` says of each session. */
export const sessionSchema: Schema = named(
  'Session',
  objectOf({
    id: text('id of the session'),
    current: { type: 'boolean', description: 'whether it is the one that asks' },
    device: nullable('string', 'what the owner recognises the device by'),
    created_at: instant('login'),
    last_refreshed_at: nullable('integer', 'last refresh, epoch seconds; null before the first one'),
    expires_at: instant('end unless it is refreshed before'),
  }),
);

const login = {
  scope: scope.scope,
  auth_time: instant('login'),
  acr: text('authentication context class'),
  amr: texts('RFC 8176 methods'),
} as const satisfies Readonly<Record<string, Schema>>;

/** What a token says of its user and its login. */
export const userinfoSchema: Schema = named(
  'Userinfo',
  objectOf({ sub: text('the user'), sid: text('id of the session'), client_id: text('the client') }, login),
);

/** What a registered client is told of a token. */
export const introspectionSchema: Schema = named(
  'Introspection',
  objectOf(
    {
      active: { type: 'boolean', description: 'whether the token is good; without more where it is not' },
    },
    {
      token_type: { type: 'string', enum: ['Bearer', 'DPoP', 'refresh_token'] },
      iss: text('the issuer'),
      sub: text('the user'),
      username: text('the user; of a refresh token absent'),
      client_id: text('the client of the session'),
      sid: text('id of the session'),
      aud: {
        type: ['string', 'array'],
        items: { type: 'string' },
        description: 'whom the token is for; of a refresh token absent',
      },
      iat: instant('when it was issued, of a refresh token the login'),
      exp: instant('end'),
      cnf: { ...objectOf({ jkt: text('RFC 7638 thumbprint') }), description: 'the key that it is bound to' },
      ...login,
    },
  ),
);

const publicKey = named(
  'PublicKey',
  objectOf(
    {
      kty: { type: 'string', enum: ['EC', 'OKP', 'RSA'] },
      kid: text('RFC 7638 thumbprint of the key'),
      alg: text('what it signs with'),
      use: { type: 'string', const: 'sig' },
    },
    {
      crv: text('curve; of EC and OKP'),
      x: text('of EC and OKP'),
      y: text('of EC'),
      n: text('of RSA'),
      e: text('of RSA'),
    },
  ),
);

/** The key set of `/jwks.json`. */
export const jwksSchema: Schema = named('KeySet', objectOf({ keys: { type: 'array', items: publicKey } }));
