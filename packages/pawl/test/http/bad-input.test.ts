import { request as nodeRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { carriers, clientSecret, type Harness, startHarness } from './harness.js';

interface ErrorBody {
  readonly error: string;
  readonly error_description: string;
}

describe.each(carriers)('bad input over %s', (carrier) => {
  let harness: Harness;

  beforeEach(async () => {
    harness = await startHarness(carrier);
  });

  afterEach(() => harness.close());

  const raw = (path: string, body: string, type = 'application/json'): Promise<Response> =>
    harness.send(path, { method: 'POST', headers: { 'content-type': type }, body });
  const errorOf = async (response: Response): Promise<readonly [number, string, string]> => {
    const { error, error_description: description } = (await response.json()) as ErrorBody;
    return [response.status, error, description];
  };

  test.each([
    ['text', 'hello'],
    ['an array', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['cut off', '{"username":"ada"'],
    ['form fields', 'username=ada&password=correct'],
  ])('a body that is %s instead of a JSON object is 400', async (_kind, body) => {
    expect(await errorOf(await raw('/login', body))).toEqual([
      400,
      'invalid_request',
      'The body must be a JSON object.',
    ]);
  });

  test('a body of another content type is 400 naming the right one', async () => {
    const body = 'username=ada&password=correct';
    const [status, error, description] = await errorOf(
      await raw('/login', body, 'application/x-www-form-urlencoded'),
    );
    expect([status, error]).toEqual([400, 'invalid_request']);
    expect(description).toContain('application/json');
    expect((await errorOf(await raw('/token', '{}', 'application/json')))[2]).toContain(
      'x-www-form-urlencoded',
    );
  });

  test('64 KiB of body are read, one byte more is 413', async () => {
    const bodyOf = (bytes: number): string => {
      const frame = JSON.stringify({ refresh_token: '' });
      return JSON.stringify({ refresh_token: 'x'.repeat(bytes - frame.length) });
    };
    expect((await raw('/refresh', bodyOf(65_536))).status).toBe(400);
    expect((await errorOf(await raw('/refresh', bodyOf(65_537)))).slice(0, 2)).toEqual([
      413,
      'invalid_request',
    ]);
  });

  test.each([
    ['/login', { password: 'correct' }, 'username'],
    ['/login', { username: 'ada' }, 'password'],
    ['/login', { username: 'ada', password: '' }, 'password'],
    ['/login', { username: 7, password: 'correct' }, 'username'],
    ['/login', { username: 'ada', password: 'correct', device: 7 }, 'device'],
    ['/login', { username: 'ada', password: 'correct', transport: 'pigeon' }, 'transport'],
    ['/refresh', {}, 'refresh_token'],
    ['/refresh', { refresh_token: { a: 1 } }, 'refresh_token'],
    ['/logout', {}, 'refresh_token'],
  ])('%s with %j is 400 naming %s', async (path, body, parameter) => {
    const [status, error, description] = await errorOf(await harness.post(path, body));
    expect([status, error]).toEqual([400, 'invalid_request']);
    expect(description).toContain(`"${parameter}"`);
  });

  test.each([
    ['/login', '{"username":"ada","username":"bob","password":"correct"}', 'username'],
    ['/login', '{"username":"ada","\\u0075sername":"bob","password":"correct"}', 'username'],
    ['/refresh', '{"refresh_token":"a","x":{"y":1},"refresh_token":"b"}', 'refresh_token'],
  ])('%s with a repeated member is 400 naming it', async (path, body, parameter) => {
    expect(await errorOf(await raw(path, body))).toEqual([
      400,
      'invalid_request',
      `The parameter "${parameter}" is repeated.`,
    ]);
  });

  test('a repeated form parameter is 400 naming it', async () => {
    const fields = new URLSearchParams('grant_type=refresh_token&refresh_token=a&refresh_token=b');
    expect((await errorOf(await harness.form('/token', fields)))[2]).toBe(
      'The parameter "refresh_token" is repeated.',
    );
  });

  test.each([
    'scope=&scope=',
    'scope=a&scope=',
    'unknown=1&unknown=',
  ])('a form parameter that is repeated is 400 also when it is empty: %s', async (repeated) => {
    const { refresh_token: token } = await harness.login();
    const fields = new URLSearchParams(`grant_type=refresh_token&refresh_token=${token}&${repeated}`);
    expect((await errorOf(await harness.form('/token', fields))).slice(0, 2)).toEqual([
      400,
      'invalid_request',
    ]);
  });

  test.each([
    [{ refresh_token: 'a' }, 'invalid_request'],
    [{ grant_type: 'refresh_token' }, 'invalid_request'],
    [{ grant_type: 'password', username: 'ada', password: 'correct' }, 'unsupported_grant_type'],
    [{ grant_type: 'refresh_token', refresh_token: 'a' }, 'invalid_grant'],
  ])('/token with %j is 400 %s', async (fields, error) => {
    const response = await harness.form('/token', fields);
    expect((await errorOf(response)).slice(0, 2)).toEqual([400, error]);
  });

  test('a wrong password and an unknown user are answered alike', async () => {
    const wrong = await harness.post('/login', { username: 'ada', password: 'wrong' });
    const unknown = await harness.post('/login', { username: 'nobody', password: 'wrong' });
    const one = await errorOf(wrong);
    expect(one).toEqual([401, 'invalid_credentials', 'The username or the password is wrong.']);
    expect(await errorOf(unknown)).toEqual(one);
  });

  test('too many tries are 429 with Retry-After in whole seconds, rounded up', async () => {
    const response = await harness.post('/login', { username: 'slow', password: 'x' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
  });

  test('a missing access token is challenged without an error, a dead one with invalid_token', async () => {
    const dpop = 'DPoP realm="pawl", algs="ES256 EdDSA Ed25519 RS256 PS256"';
    const login = await harness.login();
    harness.clock.advance(301);
    for (const path of ['/userinfo', '/sessions']) {
      const missing = await harness.send(path);
      expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([
        401,
        `Bearer realm="pawl", ${dpop}`,
      ]);
      for (const token of [login.access_token, 'nonsense', login.refresh_token, '']) {
        const dead = await harness.send(path, { headers: { authorization: `Bearer ${token}` } });
        expect(dead.status).toBe(401);
        expect(dead.headers.get('www-authenticate')).toBe(
          `Bearer realm="pawl", error="invalid_token", ${dpop}`,
        );
      }
    }
  });

  test('an access token in the query string is not taken, one in the form by POST /userinfo', async () => {
    const { access_token: token } = await harness.login();
    expect((await harness.send(`/userinfo?access_token=${token}`)).status).toBe(401);
    expect((await harness.form('/sessions/revoke-all', { access_token: token })).status).toBe(401);
    expect((await harness.form('/userinfo', { access_token: token })).status).toBe(200);
    const twice = await harness.form(
      '/userinfo',
      { access_token: token },
      { authorization: `Bearer ${token}` },
    );
    expect((await errorOf(twice)).slice(0, 2)).toEqual([400, 'invalid_request']);
  });

  test('an unknown route is 404, a wrong method is 405 with Allow', async () => {
    for (const path of [
      '/',
      '/nope',
      '/sessions/',
      '/sessions/{id}/x',
      '/login/x',
      '//login',
      '/LOGIN',
      '/../login/y',
    ]) {
      expect((await harness.send(path)).status).toBe(404);
    }
    for (const [method, path, allow] of [
      ['GET', '/login', 'POST'],
      ['PUT', '/sessions', 'HEAD, GET, DELETE'],
      ['OPTIONS', '/token', 'POST'],
      ['GET', '/sessions/some-id', 'DELETE'],
      ['POST', '/jwks.json', 'HEAD, GET'],
    ] as const) {
      const response = await harness.send(path, { method });
      expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, allow]);
    }
  });

  test('client credentials that are wrong, unknown or half given are 401 with a challenge', async () => {
    const basic = (id: string, secret: string): Record<string, string> => ({
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    });
    const { access_token: token } = await harness.login();
    const attempts = [
      harness.form('/introspect', { token }),
      harness.form('/introspect', { token, client_id: 'api' }),
      harness.form('/introspect', { token, client_secret: clientSecret }),
      harness.form('/introspect', { token, client_id: 'stranger' }),
      harness.form('/introspect', { token }, basic('api', 'wrong')),
      harness.form('/introspect', { token }, basic('stranger', clientSecret)),
      harness.form('/introspect', { token }, { authorization: 'Basic !!!' }),
      harness.form('/introspect', { token }, basic('%zz', clientSecret)),
      harness.form('/token', { grant_type: 'refresh_token', refresh_token: 'a', client_id: 'api' }),
      harness.form('/revoke', { token }, basic('api', 'wrong')),
    ];
    for (const response of await Promise.all(attempts)) {
      expect((await errorOf(response)).slice(0, 2)).toEqual([401, 'invalid_client']);
      expect(response.headers.get('www-authenticate')).toBe('Basic realm="pawl"');
    }
    expect((await harness.send('/userinfo', { headers: { authorization: `Bearer ${token}` } })).status).toBe(
      200,
    );
  });

  test('no answer repeats what was sent', async () => {
    const canary = 'canary-5f1c';
    const answers = [
      await raw('/login', `{"username":"${canary}","password":"${canary}"`),
      await raw('/login', `{"${canary} \\u0000":1,"${canary} \\u0000":2}`),
      await harness.post('/login', { username: canary, password: canary }),
      await harness.post('/login', { username: 'ada', password: 'correct', transport: canary }),
      await harness.post('/refresh', { refresh_token: `prt_${canary}` }),
      await harness.send(`/${canary}`),
      await harness.form('/token', { grant_type: canary }),
    ];
    for (const answer of answers) {
      expect([answer.status >= 400, JSON.stringify([...answer.headers]) + (await answer.text())]).toEqual([
        true,
        expect.not.stringContaining(canary),
      ]);
    }
  });
});

test('a caller that breaks off in the middle of a body leaves a server that answers', async () => {
  const harness = await startHarness('node');
  const { port } = new URL(harness.origin);
  const sent = nodeRequest({
    host: '127.0.0.1',
    port,
    path: '/login',
    method: 'POST',
    headers: { 'content-length': 100 },
  });
  const closed = new Promise<void>((resolve) => sent.once('close', resolve));
  sent.on('error', () => undefined);
  await new Promise<void>((resolve) =>
    sent.write('{"username"', () => {
      resolve();
    }),
  );
  sent.destroy();
  await closed;
  expect((await harness.send('/healthz')).status).toBe(200);
  await harness.close();
});
