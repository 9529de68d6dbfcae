import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { carriers, cookieHeader, cookiesOf, type Harness, startHarness } from './harness.js';

describe.each(carriers)('cookie transport over %s', (carrier) => {
  let harness: Harness;
  let refreshName: string;
  let accessName: string;
  let browserName: string;

  beforeEach(async () => {
    harness = await startHarness(carrier, { policy: 'balanced' });
    ({ refresh: refreshName, access: accessName, browser: browserName } = harness.names);
  });

  afterEach(() => harness.close());

  const sameOrigin = (cookie: string): Record<string, string> => ({ cookie, origin: harness.origin });
  const login = (): Promise<Response> =>
    harness.post(
      '/login',
      { username: 'ada', password: 'correct', transport: 'cookie' },
      { origin: harness.origin },
    );
  const refresh = (cookie: string): Promise<Response> => harness.post('/refresh', {}, sameOrigin(cookie));

  test('a login puts both tokens into __Host- cookies and none into the body', async () => {
    const response = await login();
    const cookies = cookiesOf(response);
    expect([...cookies.keys()]).toEqual([refreshName, accessName]);
    for (const { attributes } of cookies.values()) {
      expect(attributes).toMatch(/^Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
    }
    expect(Object.keys((await response.json()) as object).sort()).toEqual([
      'expires_in',
      'session_id',
      'token_type',
    ]);
  });

  test('rotated and replayed set both cookies, kept sets none', async () => {
    const cookie = cookieHeader(await login());
    const rotated = await refresh(cookie);
    expect(rotated.headers.get('pawl-refresh')).toBe('rotated');
    const replayed = await refresh(cookie);
    expect(replayed.headers.get('pawl-refresh')).toBe('replayed');
    expect(cookiesOf(replayed).get(refreshName)).toEqual(cookiesOf(rotated).get(refreshName));
    const kept = await refresh(cookieHeader(rotated));
    expect(kept.headers.get('pawl-refresh')).toBe('kept');
    expect(kept.headers.getSetCookie()).toEqual([]);
    const body = await kept.text();
    expect(body).not.toMatch(/token"|prt_|eyJ/);
  });

  test('the access cookie authenticates reads, and writes only from the own origin', async () => {
    const cookie = cookieHeader(await login());
    expect((await harness.send('/userinfo', { headers: { cookie } })).status).toBe(200);
    const revokeAll = (headers: Record<string, string>): Promise<Response> =>
      harness.send('/sessions/revoke-all', { method: 'POST', headers: { cookie, ...headers } });
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: `${harness.origin}.evil.example` },
      { 'sec-fetch-site': 'cross-site', origin: harness.origin },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      expect((await revokeAll(headers)).status).toBe(403);
    }
    const ended = await revokeAll({ 'sec-fetch-site': 'same-origin' });
    expect(ended.status).toBe(204);
    expect(cookiesOf(ended).get(refreshName)?.value).toBe('');
    expect(cookiesOf(ended).get(refreshName)?.attributes).toContain('Max-Age=0;');
  });

  test('refresh, logout and login by cookie from elsewhere change nothing', async () => {
    const cookie = cookieHeader(await login());
    const evil = { cookie, origin: 'https://evil.example' };
    expect((await harness.post('/refresh', {}, evil)).status).toBe(403);
    expect((await harness.post('/logout', {}, evil)).status).toBe(403);
    const planted = await harness.post(
      '/login',
      { username: 'bob', password: 'correct', transport: 'cookie' },
      evil,
    );
    expect(planted.status).toBe(403);
    expect(planted.headers.getSetCookie()).toEqual([]);
    expect((await refresh(cookie)).headers.get('pawl-refresh')).toBe('rotated');
  });

  test('a logout takes the cookies away', async () => {
    const cookie = cookieHeader(await login());
    const response = await harness.post('/logout', {}, sameOrigin(cookie));
    expect(response.status).toBe(204);
    expect([...cookiesOf(response).values()].map(({ value }) => value)).toEqual(['', '', '']);
    expect((await harness.send('/userinfo', { headers: { cookie } })).status).toBe(401);
  });

  test('a refused refresh takes the cookies away only when the session is over', async () => {
    const cookie = cookieHeader(await login());
    const garbled = await refresh(`${refreshName}=prt_garbled`);
    expect(garbled.status).toBe(400);
    expect(garbled.headers.getSetCookie()).toEqual([]);
    await refresh(cookie);
    harness.clock.advance(11);
    const reused = await refresh(cookie);
    expect(reused.status).toBe(400);
    expect([...cookiesOf(reused).keys()]).toEqual([refreshName, accessName, browserName]);
    expect([...cookiesOf(reused).values()].map(({ value }) => value)).toEqual(['', '', '']);
  });

  test('a bound session without its key keeps its cookies: it is alive', async () => {
    const { authority } = harness;
    const bound = await authority.login({ subject: 'ada', boundKey: 'k'.repeat(43) });
    if (!bound.granted) throw new Error('login refused');
    const refused = await refresh(`${refreshName}=${bound.tokens.refreshToken}`);
    expect(refused.status).toBe(400);
    expect(refused.headers.getSetCookie()).toEqual([]);
    const { refreshToken } = bound.tokens;
    expect(await authority.refresh({ refreshToken, provenKey: 'k'.repeat(43) })).toMatchObject({
      outcome: 'rotated',
    });
  });

  test('the body beats the cookie, so that a client is never answered for a session that it did not mean', async () => {
    const cookie = cookieHeader(await login());
    const other = await harness.login({ username: 'bob' });
    const response = await harness.post(
      '/refresh',
      { refresh_token: other.refresh_token },
      sameOrigin(cookie),
    );
    expect(((await response.json()) as { session_id: string }).session_id).toBe(other.session_id);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('a browser whose access cookie ran out gets one with a healed answer, and no refresh cookie', async () => {
    const { healed } = await healedAnswer(harness);
    expect(healed.headers.get('pawl-refresh')).toBe('healed');
    expect([...cookiesOf(healed).keys()]).toEqual([accessName]);
  });
});

/** A refresh by cookie after the store lost the last rotation. */
async function healedAnswer(harness: Harness): Promise<{ readonly healed: Response }> {
  const { clock } = harness;
  const first = await harness.login();
  const rotated = await harness.post('/refresh', { refresh_token: first.refresh_token });
  const { refresh_token: token } = (await rotated.json()) as { refresh_token: string };
  await harness.forgetRotations(first.session_id);
  clock.advance(3600);
  const healed = await harness.post(
    '/refresh',
    {},
    { cookie: `${harness.names.refresh}=${token}`, origin: harness.origin },
  );
  return { healed };
}
