import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { ClientRegistration, FindClient, HandlerOptions } from '../../src/http/index.js';
import { createProofKey } from '../proof/proof-maker.js';
import { basic } from './event-stream.js';
import { cookieHeader, type Harness, startHarness } from './harness.js';

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const webSecret = 'the-secret-of-the-web-application+%2B%';
const apiSecret = 'the-secret-of-the-resource-server';

const registrations: readonly ClientRegistration[] = [
  { id: 'web', secretHash: [hashOf('an-older-secret-of-it'), hashOf(webSecret)], accessSeconds: 60 },
  { id: 'api', secretHash: hashOf(apiSecret), audiences: ['https://api.example'] },
  { id: 'other', secretHash: hashOf(apiSecret), audiences: ['https://other.example'] },
  { id: 'spa' },
  { id: 'own', firstParty: true },
];

let harness: Harness;

afterEach(() => harness.close());

async function start(options: Partial<HandlerOptions> = {}): Promise<void> {
  harness = await startHarness(
    'fetch',
    { audience: ['https://api.example', 'https://more.example'] },
    { clients: registrations, ...options },
  );
}

async function loginOf(
  clientId: string,
  extra: object = {},
): Promise<{ access: string; refresh: string; id: string }> {
  const login = await harness.authority.login({ subject: 'ada', clientId, ...extra });
  if (!login.granted) throw new Error('not granted');
  const { accessToken: access, refreshToken: refresh, sessionId: id } = login.tokens;
  return { access, refresh, id };
}

const web = { authorization: basic('web', webSecret) };
const api = { authorization: basic('api', apiSecret) };
const other = { authorization: basic('other', apiSecret) };

const exchange = (
  token: string,
  fields: object = {},
  headers: Record<string, string> = {},
): Promise<Response> =>
  harness.form('/token', { grant_type: 'refresh_token', refresh_token: token, ...fields }, headers);

async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

async function isAlive(id: string): Promise<boolean> {
  return (await harness.authority.findSession(id))?.alive === true;
}

describe.each<[string, readonly ClientRegistration[] | FindClient]>([
  ['a list', registrations],
  ['a function', async (id) => registrations.find((client) => client.id === id) ?? null],
])('clients found by %s', (_how, clients) => {
  test('a session of a client with a secret is refreshed by nobody else, and nothing is rotated', async () => {
    await start({ clients });
    const { refresh, id } = await loginOf('web');
    const wrong = [
      await exchange(refresh),
      await harness.post('/refresh', { refresh_token: refresh }),
      await exchange(refresh, { client_id: 'web' }),
      await exchange(refresh, { client_id: 'spa' }),
      await exchange(refresh, {}, other),
      await harness.post(
        '/refresh',
        {},
        {
          cookie: `${harness.names.refresh}=${refresh}`,
          'sec-fetch-site': 'same-origin',
        },
      ),
    ];
    expect(wrong.map(({ status }) => status)).toEqual([400, 400, 401, 400, 400, 400]);
    expect((await harness.authority.findSession(id))?.lastRefreshedAt).toBeNull();
    const answer = await exchange(refresh, {}, web);
    expect(answer.headers.get('pawl-refresh')).toBe('rotated');
    // Its registration says so.
    expect((await bodyOf(answer))['expires_in']).toBeLessThanOrEqual(60);
  });

  test('a session of a client without a secret is refreshed at /token as before, named or not', async () => {
    await start({ clients });
    for (const fields of [{}, { client_id: 'spa' }]) {
      const { refresh } = await loginOf('spa');
      expect((await exchange(refresh, fields)).status).toBe(200);
    }
    const own = await loginOf('own');
    expect((await harness.post('/refresh', { refresh_token: own.refresh })).status).toBe(200);
    const { refresh } = await loginOf('spa');
    expect((await harness.post('/refresh', { refresh_token: refresh })).status).toBe(400);
    expect((await exchange((await harness.login()).refresh_token)).status).toBe(200);
  });

  test('a session of a client with a secret is ended by no other client, and by nobody without one', async () => {
    await start({ clients });
    const { access, refresh, id } = await loginOf('web');
    for (const token of [access, refresh]) {
      expect((await harness.form('/revoke', { token })).status).toBe(401);
      expect((await harness.form('/revoke', { token, client_id: 'spa' })).status).toBe(401);
      expect((await bodyOf(await harness.form('/revoke', { token }, other)))['error']).toBe('invalid_grant');
    }
    expect((await harness.post('/logout', { refresh_token: refresh })).status).toBe(401);
    expect(await isAlive(id)).toBe(true);
    expect((await harness.form('/revoke', { token: refresh }, web)).status).toBe(200);
    expect(await isAlive(id)).toBe(false);
    for (const clientId of ['spa', 'first-party']) {
      const login = await loginOf(clientId);
      const answer = await harness.form('/revoke', { token: login.refresh });
      expect([answer.status, await bodyOf(answer)]).toEqual([200, {}]);
      expect(await isAlive(login.id)).toBe(false);
    }
  });

  test('the session of another application opens nothing that is for the users themselves', async () => {
    await start({ clients });
    const user = await harness.login();
    for (const clientId of ['spa', 'unregistered', 'web']) {
      const { access, id } = await loginOf(clientId, { scope: 'files:read' });
      const headers = { authorization: `Bearer ${access}` };
      const cookie = { cookie: `${harness.names.access}=${access}`, 'sec-fetch-site': 'same-origin' };
      for (const shown of [headers, cookie]) {
        for (const [method, path] of [
          ['GET', '/sessions'],
          ['DELETE', '/sessions'],
          ['DELETE', `/sessions/${user.session_id}`],
          ['POST', '/sessions/revoke-all'],
          ['GET', '/verify'],
          ['GET', '/userinfo'],
        ] as const) {
          const answer = await harness.send(path, {
            method,
            headers: { ...shown, 'x-forwarded-method': 'GET' },
          });
          expect([clientId, path, answer.status]).toEqual([clientId, path, 403]);
        }
        const request = new Request(`${harness.origin}/orders`, { headers: shown });
        expect(await harness.handler.verify(request)).toMatchObject({
          ok: false,
          reason: 'third-party',
          status: 403,
        });
      }
      expect(await isAlive(id)).toBe(true);
    }
    expect(await isAlive(user.session_id)).toBe(true);
    const own = await loginOf('own');
    expect(
      (await harness.send('/sessions', { headers: { authorization: `Bearer ${own.access}` } })).status,
    ).toBe(200);
    const openid = await loginOf('spa', { scope: 'openid' });
    const userinfo = await harness.send('/userinfo', {
      headers: { authorization: `Bearer ${openid.access}` },
    });
    expect([userinfo.status, (await bodyOf(userinfo))['sub']]).toEqual([200, 'ada']);
  });
});

test('a handler that accepts sessions of other applications lets them pass', async () => {
  await start({ thirdPartySessions: 'accepted' });
  const { access } = await loginOf('spa');
  const headers = { authorization: `Bearer ${access}` };
  expect((await harness.send('/sessions', { headers })).status).toBe(200);
  expect(await harness.handler.verify(new Request(harness.origin, { headers }))).toMatchObject({ ok: true });
});

test('the first-party client may have a secret: then its sessions are refreshed with it, or from a page of the own origin', async () => {
  await start({ clients: [{ id: 'first-party', secretHash: hashOf(webSecret) }] });
  const { refresh_token: token } = await harness.login();
  expect((await exchange(token)).status).toBe(400);
  expect((await harness.post('/refresh', { refresh_token: token })).status).toBe(400);
  expect((await harness.form('/revoke', { token })).status).toBe(401);
  const answer = await exchange(token, {}, { authorization: basic('first-party', webSecret) });
  expect(answer.headers.get('pawl-refresh')).toBe('rotated');
  const page = { 'sec-fetch-site': 'same-origin' };
  const login = await harness.post(
    '/login',
    { username: 'ada', password: 'correct', transport: 'cookie' },
    page,
  );
  const cookie = cookieHeader(login);
  expect((await harness.post('/refresh', {}, { ...page, cookie })).status).toBe(200);
  expect((await harness.post('/logout', { refresh_token: token })).status).toBe(204);
});

describe('introspection', () => {
  const introspect = async (token: string, headers: Record<string, string>): Promise<unknown> =>
    bodyOf(await harness.form('/introspect', { token }, headers));

  test('tells of a refresh token to the client of its session only, and to which key it belongs', async () => {
    await start();
    const boundKey = createProofKey().thumbprint;
    const { refresh } = await loginOf('web', { boundKey });
    for (const headers of [api, other]) expect(await introspect(refresh, headers)).toEqual({ active: false });
    expect(await introspect(refresh, web)).toMatchObject({
      active: true,
      token_type: 'refresh_token',
      client_id: 'web',
      cnf: { jkt: boundKey },
    });
    expect(await introspect((await harness.login()).refresh_token, api)).toEqual({ active: false });
  });

  test('tells of an access token to the audiences that it is meant for, and to its own client', async () => {
    await start();
    const { access } = await loginOf('web', { boundKey: createProofKey().thumbprint });
    expect(await introspect(access, api)).toMatchObject({ active: true, token_type: 'DPoP', cnf: {} });
    expect(await introspect(access, web)).toMatchObject({ active: true });
    expect(await introspect(access, other)).toEqual({ active: false });
  });
});

describe('the secret of a client', () => {
  const isTaken = async (headers: Record<string, string>, fields: object = {}): Promise<number> =>
    (await harness.form('/introspect', { token: 'x', ...fields }, headers)).status;
  const raw = (text: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(text).toString('base64')}`,
  });

  test('is read as it is and as a form encodes it, so that + and % pass from every client', async () => {
    await start();
    const encoded = encodeURIComponent(webSecret).replaceAll('%20', '+');
    for (const headers of [raw(`web:${webSecret}`), raw(`web:${encoded}`)])
      expect(await isTaken(headers)).toBe(200);
    expect(await isTaken({}, { client_id: 'web', client_secret: webSecret })).toBe(200);
    expect(await isTaken({}, { client_id: 'web', client_secret: 'an-older-secret-of-it' })).toBe(200);
    expect(await isTaken(raw(`web:${webSecret.replaceAll('%', '%25')}`))).toBe(401);
  });

  test('that is empty is none, which a public client may send', async () => {
    await start();
    const { refresh } = await loginOf('spa');
    expect((await exchange(refresh, {}, raw('spa:'))).status).toBe(200);
    expect((await exchange((await loginOf('web')).refresh, {}, raw('web:'))).status).toBe(401);
  });

  test('in two places, or of two clients, is refused; the same id in the form passes', async () => {
    await start();
    expect(await isTaken(web, { client_secret: webSecret })).toBe(400);
    expect(await isTaken(web, { client_id: 'api' })).toBe(400);
    expect(await isTaken(web, { client_id: 'web' })).toBe(200);
  });

  test('that is wrong too often is 429 with Retry-After, and a right one is taken all the same', async () => {
    await start();
    const statuses: number[] = [];
    for (let times = 0; times < 60; times += 1) statuses.push(await isTaken(raw('api:wrong')));
    expect(statuses).toEqual([...Array<number>(20).fill(401), ...Array<number>(40).fill(429)]);
    const refused = await harness.form('/introspect', { token: 'x' }, raw('api:wrong'));
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await isTaken(raw('other:wrong'))).toBe(401);
    expect(await isTaken(api)).toBe(200);
    expect(await isTaken(raw('api:wrong'))).toBe(401);
    for (let times = 0; times < 20; times += 1) await isTaken(raw('api:wrong'));
    expect(await isTaken(raw('api:wrong'))).toBe(429);
    harness.clock.advance(61);
    expect(await isTaken(raw('api:wrong'))).toBe(401);
  });
});

test('a function that fails to find a client is 503, and nothing is rotated', async () => {
  let isDown = true;
  await start({
    clients: (id) => {
      if (isDown) throw new Error('the table of clients is away');
      return registrations.find((client) => client.id === id) ?? null;
    },
  });
  const { refresh, id, access } = await loginOf('spa');
  const headers = { authorization: `Bearer ${access}` };
  for (const answer of [
    await exchange(refresh, { client_id: 'spa' }),
    await exchange(refresh),
    await harness.send('/sessions', { headers }),
  ])
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect((await harness.authority.findSession(id))?.lastRefreshedAt).toBeNull();
  isDown = false;
  expect((await exchange(refresh)).status).toBe(200);
});
