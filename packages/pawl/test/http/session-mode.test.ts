import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { carriers, clientSecret, cookieHeader, cookiesOf, type Harness, startHarness } from './harness.js';

interface SessionBody {
  readonly session_token: string;
  readonly session_id: string;
}

const absoluteSeconds = 90 * 86_400;
const attributes = (maxAgeSeconds: number) =>
  `Max-Age=${String(maxAgeSeconds)}; Path=/; Secure; HttpOnly; SameSite=Lax`;

describe.each(carriers)('with session tokens over %s', (carrier) => {
  let harness: Harness<'session'>;

  beforeEach(async () => {
    harness = await startHarness(carrier, { mode: 'session' });
  });

  afterEach(() => harness.close());

  const login = async (username = 'ada'): Promise<SessionBody> =>
    (await (await harness.post('/login', { username, password: 'correct' })).json()) as SessionBody;
  const loginByCookie = (): Promise<Response> =>
    harness.post(
      '/login',
      { username: 'ada', password: 'correct', transport: 'cookie' },
      { origin: harness.origin },
    );
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const userinfo = (headers: Record<string, string>) => harness.send('/userinfo', { headers });

  test('a login hands out one session token in the body, and no cookie', async () => {
    const response = await harness.post('/login', { username: 'ada', password: 'correct' });
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = (await response.json()) as SessionBody;
    expect(body).toEqual({
      session_token: expect.stringMatching(/^pst_[\w-]{90}$/) as string,
      session_id: expect.any(String) as string,
      token_type: 'Bearer',
      expires_in: absoluteSeconds,
    });
  });

  test('a login by cookie sets one cookie until the absolute end, and the body has no token', async () => {
    const response = await loginByCookie();
    const cookies = cookiesOf(response);
    expect([...cookies.keys()]).toEqual([harness.names.session]);
    expect(cookies.get(harness.names.session)?.attributes).toBe(attributes(absoluteSeconds));
    expect(await response.text()).not.toContain('pst_');
    expect((await userinfo({ cookie: cookieHeader(response) })).status).toBe(200);
  });

  test('the session token authenticates calls until the logout, however it is sent there', async () => {
    const [byBody, byHeader] = [await login(), await login()];
    for (const { session_token } of [byBody, byHeader]) {
      const about = await userinfo(bearer(session_token));
      expect(await about.json()).toMatchObject({ sub: 'ada', amr: ['pwd'] });
    }
    expect((await harness.post('/logout', { session_token: byBody.session_token })).status).toBe(204);
    const headers = bearer(byHeader.session_token);
    expect((await harness.send('/logout', { method: 'POST', headers })).status).toBe(204);
    for (const { session_token } of [byBody, byHeader]) {
      const refused = await userinfo(bearer(session_token));
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toContain('Bearer realm="pawl", error="invalid_token"');
    }
    expect((await harness.post('/logout', {})).status).toBe(400);
  });

  test('a logout by cookie asks for the own origin and takes the cookie away', async () => {
    const cookie = cookieHeader(await loginByCookie());
    const logout = (headers: Record<string, string>) =>
      harness.send('/logout', { method: 'POST', headers: { cookie, ...headers } });
    for (const headers of [{}, { origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await logout(headers)).status).toBe(403);
    }
    expect((await userinfo({ cookie })).status).toBe(200);
    const answer = await logout({ origin: harness.origin });
    expect(answer.status).toBe(204);
    expect([...cookiesOf(answer)]).toEqual([
      [harness.names.session, { value: '', attributes: attributes(0) }],
    ]);
    expect((await userinfo({ cookie })).status).toBe(401);
  });

  test('the device list shows, ends one, all others and all', async () => {
    const [first, second, third] = [await login(), await login(), await login()];
    const headers = bearer(first.session_token);
    const listed = (await (await harness.send('/sessions', { headers })).json()) as {
      sessions: { id: string; current: boolean }[];
    };
    expect(listed.sessions.find(({ current }) => current)?.id).toBe(first.session_id);
    expect(listed.sessions).toHaveLength(3);
    const remove = (path: string) => harness.send(path, { method: 'DELETE', headers });
    expect((await remove(`/sessions/${second.session_id}`)).status).toBe(204);
    expect((await userinfo(bearer(second.session_token))).status).toBe(401);
    expect((await remove('/sessions')).status).toBe(204);
    expect((await userinfo(bearer(third.session_token))).status).toBe(401);
    expect((await harness.send('/sessions/revoke-all', { method: 'POST', headers })).status).toBe(204);
    expect((await userinfo(headers)).status).toBe(401);
  });

  test('there is nothing to refresh, and the answer says so', async () => {
    const { session_token: token } = await login();
    const answers = [
      await harness.post('/refresh', { refresh_token: token }),
      await harness.post('/refresh', {}),
      await harness.form('/token', { grant_type: 'refresh_token', refresh_token: token }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(400);
      expect(await answer.json()).toEqual({
        error: 'unsupported_grant_type',
        error_description: 'This server hands out session tokens: there is nothing to refresh.',
      });
    }
    expect((await userinfo(bearer(token))).status).toBe(200);
    const metadata = await harness.send('/.well-known/oauth-authorization-server');
    expect(await metadata.json()).toMatchObject({ grant_types_supported: [] });
  });

  test('introspection and revocation know session tokens', async () => {
    const { session_token: token, session_id: sid } = await login();
    const client = { client_id: 'api', client_secret: clientSecret };
    const introspect = async () =>
      (await (await harness.form('/introspect', { ...client, token })).json()) as object;
    expect(await introspect()).toMatchObject({ active: true, token_type: 'Bearer', sub: 'ada', sid });
    expect((await harness.form('/revoke', { token })).status).toBe(200);
    expect(await introspect()).toEqual({ active: false });
  });
});
