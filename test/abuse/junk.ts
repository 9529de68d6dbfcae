import { randomBytes } from 'node:crypto';
import { createAuthority, parseMasterKey } from 'pawl';
import { cookieNamesOf } from 'pawl/http';
import { createMemoryStore } from 'pawl/stores/memory';
import type { LoggedIn } from '../../packages/server/test/server-process.js';
import { formTo, jsonTo, type Sent } from './caller.js';

/** One kind of request that changes nothing, and what it may be answered with. */
export interface Junk {
  readonly what: string;
  readonly sent: (index: number) => Sent;
  readonly statuses: readonly number[];
}

/** Beyond the 64 KiB that endpoints read, and the 16 KiB of forms of pages. */
const tooLarge = 'x'.repeat(70_000);

const readerPaths = ['/userinfo', '/sessions', '/verify'];
const publicPaths = ['/jwks.json', '/.well-known/openid-configuration', '/healthz', '/metrics', '/account'];

/** Every address that reads a body. */
export const bodyPaths: readonly string[] = [
  '/login',
  '/refresh',
  '/logout',
  '/token',
  '/revoke',
  '/introspect',
];

/** Every address that an anonymous caller reaches, but the forms of the pages. */
export const everyPath: readonly string[] = [
  ...bodyPaths,
  ...readerPaths,
  ...publicPaths,
  ...['/dbsc/register', '/dbsc/refresh', '/sessions/revoke-all', '/revocations', '/readyz', '/nowhere'],
];

/** One of a list, in turn. */
function turn<Value>(values: readonly Value[], index: number): Value {
  const value = values[index % values.length];
  if (value === undefined) throw new Error('the list is empty');
  return value;
}

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** Tokens that an authority of the same name makes under keys of its own. */
async function foreignTokens(issuer: string): Promise<{ readonly access: string; readonly refresh: string }> {
  const authority = await createAuthority({
    issuer,
    store: createMemoryStore(),
    masterKey: parseMasterKey(randomBytes(32).toString('hex')),
    maintenance: 'manual',
  });
  const login = await authority.login({ subject: 'alice' });
  await authority.close();
  if (!login.granted) throw new Error('the foreign authority refused a login');
  return { access: login.tokens.accessToken, refresh: login.tokens.refreshToken };
}

/**
 * Everything that somebody without a session sends.
 *
 * @param dead - tokens of a session that was logged out
 */
export async function allJunk(issuer: string, dead: LoggedIn): Promise<readonly Junk[]> {
  const foreign = await foreignTokens(issuer);
  return [
    ...junkTokens(issuer, dead, foreign.refresh),
    ...junkCalls(issuer, foreign.access),
    ...junkBodies(),
  ];
}

/** What is presented in the place of a refresh token. */
function junkTokens(issuer: string, dead: LoggedIn, foreign: string): readonly Junk[] {
  const altered = (index: number): string => {
    const at = 4 + (index % (dead.refresh_token.length - 4));
    const other = dead.refresh_token[at] === 'A' ? 'B' : 'A';
    return dead.refresh_token.slice(0, at) + other + dead.refresh_token.slice(at + 1);
  };
  const unsigned = `${Buffer.from('{"alg":"none","typ":"rt+jwt"}').toString('base64url')}.e30.`;
  const tokens = (index: number): string =>
    turn([`prt_${random(72)}`, altered(index), foreign, dead.refresh_token, unsigned, random(300)], index);
  const grant = { grant_type: 'refresh_token', client_id: 'first-party' };
  return [
    {
      what: 'tokens at /refresh',
      sent: (index) => jsonTo('/refresh', { refresh_token: tokens(index) }),
      statuses: [400],
    },
    {
      what: 'tokens at /token',
      sent: (index) => formTo('/token', { ...grant, refresh_token: tokens(index) }),
      statuses: [400],
    },
    {
      what: 'tokens at /logout',
      sent: (index) => jsonTo('/logout', { refresh_token: tokens(index) }),
      statuses: [204],
    },
    {
      what: 'tokens at /revoke',
      sent: (index) => formTo('/revoke', { token: tokens(index) }),
      statuses: [200],
    },
    {
      what: 'cookies at /refresh, from foreign origins and the own',
      sent: (index) => ({
        method: 'POST',
        path: '/refresh',
        headers: {
          cookie: `${cookieNamesOf(issuer).refresh}=${tokens(index)}`,
          origin: turn(['null', 'http://a.example', issuer], index),
        },
      }),
      statuses: [400, 403],
    },
    {
      what: 'broken proofs at /refresh',
      sent: (index) =>
        jsonTo('/refresh', { refresh_token: tokens(index) }, { dpop: `${random(40)}.${random(40)}.x` }),
      statuses: [400],
    },
  ];
}

/** What is sent in the place of an access token, of a client, of a password. */
function junkCalls(issuer: string, foreign: string): readonly Junk[] {
  const tokens = (index: number): string =>
    turn(
      [foreign, `${foreign.slice(0, -8)}AAAAAAAA`, random(200), `${random(20)}.${random(20)}.${random(20)}`],
      index,
    );
  const basic = (index: number): string =>
    `Basic ${btoa(`${turn(['orders', random(6)], index)}:${random(24)}`)}`;
  return [
    {
      what: 'access tokens where one is read',
      sent: (index) => ({ path: turn(readerPaths, index), headers: bearer(tokens(index)) }),
      statuses: [401],
    },
    {
      what: 'access tokens where sessions end',
      sent: (index) => ({
        ...turn(
          [
            { method: 'DELETE', path: '/sessions' },
            { method: 'DELETE', path: `/sessions/${random(16)}` },
            { method: 'POST', path: '/sessions/revoke-all' },
          ],
          index,
        ),
        headers: bearer(tokens(index)),
      }),
      statuses: [401],
    },
    {
      what: 'access tokens at /account',
      sent: (index) => ({
        path: turn(['/account', `/account/sessions/${random(16)}`], index),
        headers: { cookie: `${cookieNamesOf(issuer).access}=${tokens(index)}`, origin: issuer },
      }),
      statuses: [200],
    },
    {
      what: 'clients at /introspect and /revocations',
      sent: (index) =>
        turn(
          [
            formTo('/introspect', { token: tokens(index) }, { authorization: basic(index) }),
            formTo('/introspect', { token: tokens(index) }),
            { path: '/revocations', headers: { authorization: basic(index) } },
          ],
          index,
        ),
      // One client with wrong secrets, again and again.
      statuses: [401, 429],
    },
    {
      what: 'logins of nobody',
      sent: (index) =>
        jsonTo('/login', { username: turn([random(6), ' ', '\u0000'], index), password: random(12) }),
      statuses: [401, 429],
    },
    {
      what: 'browsers with keys that nobody knows',
      sent: (index) => ({
        method: 'POST',
        path: turn(['/dbsc/refresh', '/dbsc/register'], index),
        headers: { 'sec-secure-session-id': random(60), 'secure-session-response': random(60) },
      }),
      statuses: [400, 404],
    },
  ];
}

/** What is no request of ours at all. */
function junkBodies(): readonly Junk[] {
  const bodies = [
    '{',
    '[]',
    'null',
    '{"refresh_token":1}',
    '{"username":"a","username":"b"}',
    '['.repeat(5000),
    'a=1&a=2&grant_type=password',
    '%',
  ];
  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data',
    '',
  ];
  return [
    {
      what: 'bodies of every form and type',
      sent: (index) => ({
        path: turn(bodyPaths, index),
        headers: { 'content-type': turn(types, index) },
        body: turn(bodies, Math.trunc(index / bodyPaths.length)),
      }),
      statuses: [400, 401],
    },
    {
      what: 'methods that nothing has',
      sent: (index) => ({
        method: turn(['PUT', 'PATCH', 'DELETE', 'OPTIONS'], index),
        path: turn(bodyPaths, index),
      }),
      statuses: [405],
    },
    {
      what: 'addresses that lead nowhere',
      sent: (index) => ({ path: turn([`/${random(9)}`, `/${random(400)}`, '/login/', '//', '/%00'], index) }),
      statuses: [404],
    },
    {
      what: 'bodies that are too large',
      sent: (index) => ({
        path: turn([...bodyPaths, '/account/login'], index),
        headers: { 'content-type': turn(types, index) },
        body: tooLarge,
      }),
      statuses: [413],
    },
  ];
}
