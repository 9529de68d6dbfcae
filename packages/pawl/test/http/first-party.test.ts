import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { carriers, type Harness, type LoginBody, startHarness } from './harness.js';

describe.each(carriers)('first-party endpoints over %s', (carrier) => {
  let harness: Harness;

  beforeEach(async () => {
    harness = await startHarness(carrier);
  });

  afterEach(() => harness.close());

  const refresh = (token: string): Promise<Response> => harness.post('/refresh', { refresh_token: token });
  const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
  const userinfo = (token: string): Promise<Response> => harness.send('/userinfo', bearer(token));

  test('a login answers with both tokens and the session id, which no cache keeps', async () => {
    const response = await harness.post('/login', { username: 'ada', password: 'correct', device: 'laptop' });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.getSetCookie()).toEqual([]);
    const body = (await response.json()) as Record<string, unknown>;
    expect(Object.keys(body).sort()).toEqual([
      'access_token',
      'expires_in',
      'refresh_fork',
      'refresh_generation',
      'refresh_token',
      'session_id',
      'token_type',
    ]);
    expect(body['token_type']).toBe('Bearer');
    expect(body['expires_in']).toSatisfy((seconds: number) => seconds >= 285 && seconds <= 300);
  });

  test('the first refresh rotates, a second use in the window is a retry with the same new token', async () => {
    const login = await harness.login();
    const first = await refresh(login.refresh_token);
    const second = await refresh(login.refresh_token);
    expect([first.headers.get('pawl-refresh'), second.headers.get('pawl-refresh')]).toEqual([
      'rotated',
      'replayed',
    ]);
    const [one, two] = [(await first.json()) as LoginBody, (await second.json()) as LoginBody];
    expect(one.refresh_token).not.toBe(login.refresh_token);
    expect([login, one, two].map((body) => body.refresh_generation)).toEqual([0, 1, 1]);
    expect(two.refresh_token).toBe(one.refresh_token);
    const third = await refresh(one.refresh_token);
    expect(third.headers.get('pawl-refresh')).toBe('kept');
    expect(((await third.json()) as LoginBody).refresh_token).toBe(one.refresh_token);
  });

  test('a retired token after the window ends every session of the user, and their access tokens at once', async () => {
    const [stolen, elsewhere] = [await harness.login(), await harness.login()];
    const bob = await harness.login({ username: 'bob' });
    const rotated = (await (await refresh(stolen.refresh_token)).json()) as LoginBody;
    harness.clock.advance(11);
    const reused = await refresh(stolen.refresh_token);
    expect(reused.status).toBe(400);
    expect(reused.headers.get('pawl-refresh')).toBeNull();
    for (const token of [stolen, elsewhere, rotated]) {
      expect((await userinfo(token.access_token)).status).toBe(401);
      expect((await refresh(token.refresh_token)).status).toBe(400);
    }
    expect((await userinfo(bob.access_token)).status).toBe(200);
  });

  test('every refused refresh answers alike, whatever the cause', async () => {
    const [loggedOut, reused, idle] = [
      await harness.login(),
      await harness.login({ username: 'bob' }),
      await harness.login(),
    ];
    await harness.post('/logout', { refresh_token: loggedOut.refresh_token });
    await refresh(reused.refresh_token);
    harness.clock.advance(11);
    const answers = [
      await refresh(loggedOut.refresh_token),
      await refresh(reused.refresh_token),
      await refresh(reused.refresh_token),
      await refresh('nonsense'),
      await refresh(`prt_${'A'.repeat(96)}`),
    ];
    harness.clock.advance(15 * 86_400);
    answers.push(await refresh(idle.refresh_token));
    const seen = await Promise.all(
      answers.map(async (answer) => {
        const headers = [...answer.headers].filter(
          ([name]) => !['date', 'connection', 'keep-alive'].includes(name),
        );
        return JSON.stringify([answer.status, headers, await answer.text()]);
      }),
    );
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toContain('invalid_grant');
  });

  test('a logout answers 204 whether or not the token was still good, and ends the access token at once', async () => {
    const login = await harness.login();
    const rotated = (await (await refresh(login.refresh_token)).json()) as LoginBody;
    const logout = (token: string): Promise<Response> => harness.post('/logout', { refresh_token: token });
    // The retired token is what a client has whose refresh was answered after it began to log out.
    expect((await logout(login.refresh_token)).status).toBe(204);
    expect((await userinfo(rotated.access_token)).status).toBe(401);
    expect((await refresh(rotated.refresh_token)).status).toBe(400);
    expect((await logout(login.refresh_token)).status).toBe(204);
    expect((await logout('nonsense')).status).toBe(204);
  });

  test('the device list shows the live sessions, newest first, with the own one marked', async () => {
    const old = await harness.login({ device: 'phone' });
    harness.clock.advance(60);
    const current = await harness.login({ device: 'laptop' });
    await harness.login({ username: 'bob' });
    await refresh(old.refresh_token);
    const response = await harness.send('/sessions', bearer(current.access_token));
    expect(await response.json()).toEqual({
      sessions: [
        {
          id: current.session_id,
          current: true,
          device: 'laptop',
          created_at: 1_800_000_060,
          last_refreshed_at: null,
          expires_at: 1_800_000_060 + 14 * 86_400,
        },
        {
          id: old.session_id,
          current: false,
          device: 'phone',
          created_at: 1_800_000_000,
          last_refreshed_at: 1_800_000_060,
          expires_at: 1_800_000_060 + 14 * 86_400,
        },
      ],
    });
  });

  test('ending one session leaves the others; one of another user is not found and lives', async () => {
    const [current, other, bob] = [
      await harness.login(),
      await harness.login(),
      await harness.login({ username: 'bob' }),
    ];
    const remove = (id: string): Promise<Response> =>
      harness.send(`/sessions/${id}`, { method: 'DELETE', ...bearer(current.access_token) });
    expect((await remove(other.session_id)).status).toBe(204);
    expect((await remove(other.session_id)).status).toBe(204);
    expect((await remove(bob.session_id)).status).toBe(404);
    expect((await remove('nonsense')).status).toBe(404);
    expect((await userinfo(other.access_token)).status).toBe(401);
    expect((await userinfo(bob.access_token)).status).toBe(200);
    expect((await userinfo(current.access_token)).status).toBe(200);
  });

  test('ending all others keeps this session, ending all keeps none', async () => {
    const [current, other] = [await harness.login(), await harness.login()];
    const call = (method: string, path: string): Promise<Response> =>
      harness.send(path, { method, ...bearer(current.access_token) });
    expect((await call('DELETE', '/sessions')).status).toBe(204);
    expect((await userinfo(other.access_token)).status).toBe(401);
    expect((await userinfo(current.access_token)).status).toBe(200);
    expect((await call('POST', '/sessions/revoke-all')).status).toBe(204);
    expect((await userinfo(current.access_token)).status).toBe(401);
  });

  test('userinfo tells who it is and nothing of the token', async () => {
    const login = await harness.login();
    expect(await (await userinfo(login.access_token)).json()).toEqual({
      sub: 'ada',
      client_id: 'first-party',
      sid: login.session_id,
      auth_time: 1_800_000_000,
      amr: ['pwd'],
    });
  });
});
