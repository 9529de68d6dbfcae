import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inspect } from 'node:util';
import { Secret } from '../../src/base/secret.js';
import type { Authenticate, Authentication, LoginAttempt } from '../../src/http/index.js';
import { carriers, cookiesOf, type Harness, startHarness } from './harness.js';

const first = { username: 'twice', password: 'correct' };
const sameOrigin = { 'sec-fetch-site': 'same-origin' };

async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

describe.each(carriers)('a login with two factors over %s', (carrier) => {
  let harness: Harness;

  beforeEach(async () => {
    harness = await startHarness(carrier);
  });

  afterEach(() => harness.close());

  test('is answered with the factors and a state, and granted when both come back', async () => {
    const asked = await harness.post('/login', first);
    expect(asked.status).toBe(401);
    expect(asked.headers.get('cache-control')).toBe('no-store');
    const body = await bodyOf(asked);
    expect(body).toEqual({
      error: 'factor_required',
      error_description: 'Another factor is needed: repeat the call with state and the factor.',
      factors: ['otp'],
      state: 'password was right',
    });
    expect(await harness.authority.listSessions('twice')).toEqual([]);
    const granted = await harness.post('/login', { state: body['state'], otp: '123456', device: 'laptop' });
    expect(granted.status).toBe(200);
    const verified = await harness.authority.verify(String((await bodyOf(granted))['access_token']));
    expect(verified).toMatchObject({ valid: true, claims: { sub: 'twice', amr: ['pwd', 'otp'] } });
    expect(await harness.authority.listSessions('twice')).toMatchObject([{ device: 'laptop' }]);
  });

  test('is granted by cookie, and sets none before', async () => {
    const asked = await harness.post('/login', { ...first, transport: 'cookie' }, sameOrigin);
    expect([asked.status, asked.headers.getSetCookie()]).toEqual([401, []]);
    const { state } = await bodyOf(asked);
    const granted = await harness.post('/login', { state, otp: '123456', transport: 'cookie' }, sameOrigin);
    expect([...cookiesOf(granted).keys()]).toEqual([harness.names.refresh, harness.names.access]);
  });

  test('is refused with a wrong factor as with a wrong password, and without a part of it as malformed', async () => {
    const state = 'password was right';
    expect(await bodyOf(await harness.post('/login', { state, otp: '000000' }))).toEqual(
      await bodyOf(await harness.post('/login', { username: 'ada', password: 'wrong' })),
    );
    for (const body of [
      { state: '' },
      { state: 'x'.repeat(4097) },
      { state: 7 },
      { state, username: 'twice' },
      { state, password: 'correct' },
      { state, username: 'twice', password: '' },
      { state: null },
    ]) {
      const answer = await harness.post('/login', { otp: '123456', ...body });
      expect([answer.status, (await bodyOf(answer))['error']]).toEqual([400, 'invalid_request']);
    }
    expect(await harness.authority.listSessions('twice')).toEqual([]);
  });

  test('is counted', async () => {
    await harness.post('/login', first);
    expect(await (await harness.send('/metrics')).text()).toContain('pawl_logins_total{result="factor"} 1');
  });
});

describe('authenticate', () => {
  async function withAuthenticate(
    authenticate: Authenticate,
    work: (harness: Harness) => Promise<void>,
  ): Promise<void> {
    for (const carrier of carriers) {
      const errors: unknown[] = [];
      const harness = await startHarness(
        carrier,
        {},
        { authenticate, onError: (error) => void errors.push(error) },
      );
      await work(harness).finally(() => harness.close());
      expect(JSON.stringify(errors.map(String))).not.toContain('canary');
    }
  }

  test('receives the request and every member, of which the password is a secret', async () => {
    const attempts: LoginAttempt[] = [];
    const authenticate: Authenticate = (attempt) => {
      attempts.push(attempt);
      return Promise.resolve({ ok: false, reason: 'wrong' });
    };
    const body = `{"username":"ada","password":"canary","captcha":{"answer":[1,2]},"__proto__":{"admin":true},"device":null}`;
    await withAuthenticate(authenticate, async (harness) => {
      const headers = { 'content-type': 'application/json', 'x-tenant': 'acme' };
      await harness.send('/login?hint=1', { method: 'POST', headers, body });
      const attempt = attempts.pop();
      expect(attempt).toMatchObject({ username: 'ada', state: null, address: '127.0.0.1' });
      const { members, request } = attempt ?? expect.fail('nothing was received');
      expect({ ...members }).toEqual({
        username: 'ada',
        password: attempt?.password,
        captcha: { answer: [1, 2] },
        device: null,
      });
      expect(attempt?.password).toBeInstanceOf(Secret);
      expect(attempt?.password.reveal()).toBe('canary');
      expect(inspect(attempt, { depth: 9 }) + JSON.stringify(attempt)).not.toContain('canary');
      expect([request.method, request.path, request.query]).toEqual(['POST', '/login', 'hint=1']);
      expect(request.header('x-tenant')).toBe('acme');
      expect(request.address).toBe('127.0.0.1');
    });
  });

  test('that knows no factors grants nothing for a state alone', async () => {
    const authenticate: Authenticate = ({ username, password }) =>
      Promise.resolve(
        password.reveal() === ''
          ? { ok: true, subject: username || 'ada', amr: [] }
          : { ok: false, reason: 'wrong' },
      );
    await withAuthenticate(authenticate, async (harness) => {
      const answer = await harness.post('/login', { state: 'mine' });
      expect([answer.status, await bodyOf(answer)]).toEqual([
        400,
        { error: 'invalid_request', error_description: 'The parameter "password" is missing.' },
      ]);
    });
  });

  test.each<[string, object]>([
    ['no factors', { factors: [], state: 'canary' }],
    ['factors that are no list', { factors: 'otp', state: 'canary' }],
    ['a factor without a name', { factors: [''], state: 'canary' }],
    ['no state', { factors: ['otp'] }],
    ['an empty state', { factors: ['otp'], state: '' }],
    ['a state that is too long', { factors: ['otp'], state: 'canary'.repeat(1000) }],
  ])('that asks for a factor with %s is an error of the server', async (_, factor) => {
    const answered = { ok: false, reason: 'factor', ...factor } as Authentication;
    await withAuthenticate(
      () => Promise.resolve(answered),
      async (harness) => {
        const answer = await harness.post('/login', first);
        expect([answer.status, (await bodyOf(answer))['error']]).toEqual([500, 'server_error']);
      },
    );
  });
});
