import type { AnswerSpec, Schema } from './route.js';

const text = (description: string): Schema => ({ type: 'string', description });
const instant = (description: string): Schema => ({
  type: 'integer',
  description: `${description}, epoch seconds`,
});

/** An object with members that are there and, in the second place, members that may be. */
export function objectOf(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
): Schema {
  return { type: 'object', required: Object.keys(required), properties: { ...required, ...optional } };
}

/** The body of an answer in JSON. */
export function jsonBody(schema: Schema): NonNullable<AnswerSpec['body']> {
  return { type: 'application/json', schema };
}

/** The body of every error. */
export const errorSchema: Schema = objectOf({
  error: text('code'),
  error_description: text('one sentence'),
});

const delivered = {
  token_type: { type: 'string', enum: ['Bearer', 'DPoP'] },
  expires_in: { type: 'integer', description: 'lifetime of the access token in seconds' },
  session_id: text('id of the session'),
} as const satisfies Readonly<Record<string, Schema>>;

const scope = { scope: text('space-separated; absent when it is empty') };

/** `TransportBody`: tokens that travel in cookies. */
export const transportSchema: Schema = objectOf(delivered, scope);

/** `TokenBody` */
export const tokenSchema: Schema = objectOf(
  {
    access_token: text('RFC 9068 JWT'),
    refresh_token: text('opaque, or a JWT with refreshFormat "jwt"'),
    refresh_generation: { type: 'integer', description: 'place of the refresh token in its session' },
    refresh_fork: { type: 'integer', description: 'orders refresh tokens of one generation' },
    ...delivered,
  },
  scope,
);

/** `SessionTokenBody` */
export const sessionTokenSchema: Schema = objectOf(
  { session_token: text('stays the same for the life of the session'), ...delivered },
  scope,
);

/** What `/sessions` says of each session. */
export const sessionSchema: Schema = objectOf({
  id: text('id of the session'),
  current: { type: 'boolean', description: 'whether it is the one that asks' },
  device: { description: 'what the owner recognises the device by, or null', oneOf: [text(''), {}] },
  created_at: instant('login'),
  last_refreshed_at: { description: 'last refresh in epoch seconds, or null' },
  expires_at: instant('end unless it is refreshed before'),
});

/** What a token says of its user and its login. */
export const userinfoSchema: Schema = objectOf(
  { sub: text('the user'), sid: text('id of the session'), client_id: text('the client') },
  {
    scope: scope.scope,
    auth_time: instant('login'),
    acr: text('authentication context class'),
    amr: { type: 'array', items: text('RFC 8176 method') },
  },
);
