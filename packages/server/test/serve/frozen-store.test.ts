import { describe, expect, test } from 'vitest';
import { ownStores } from '../own-stores.js';
import { pawl, type RunningServer, startServer, temporaryFolder } from '../server-process.js';

const password = 'a long password';
const issuer = { PAWL_ISSUER: 'http://127.0.0.1:3000' };

/** A form, as OAuth clients send it. */
function form(
  server: RunningServer,
  path: string,
  members: Readonly<Record<string, string>>,
): Promise<Response> {
  return fetch(server.address + path, { method: 'POST', body: new URLSearchParams(members) });
}

describe.each(Object.keys(ownStores))('a server whose %s is frozen', (kind) => {
  test('answers 503 with Retry-After and never 401, and works again when it thaws', async () => {
    const store = await (ownStores[kind] as (typeof ownStores)[string])();
    const folder = temporaryFolder();
    const variables = {
      ...store.variables,
      ...issuer,
      PAWL_STORE_DEADLINE_SECONDS: '2',
      PAWL_CLIENTS: JSON.stringify([{ client_id: 'api', client_secret: 'a long client secret' }]),
    };
    await pawl(folder, ['user', 'add', 'alice'], { input: `${password}\n`, variables });
    const server = await startServer(folder, variables);
    const tokens = await server.login('alice', password);
    const { refresh_token } = await server.login('alice', password);

    store.freeze();
    const basic = { authorization: `Basic ${btoa('api:a long client secret')}` };
    const asked: Readonly<Record<string, Promise<Response>>> = {
      refresh: server.post('/refresh', { refresh_token: tokens.refresh_token }),
      token: form(server, '/token', { grant_type: 'refresh_token', refresh_token }),
      login: server.post('/login', { username: 'alice', password }),
      'login of nobody': server.post('/login', { username: 'nobody', password }),
      logout: server.post('/logout', { refresh_token: tokens.refresh_token }),
      revoke: form(server, '/revoke', { token: tokens.refresh_token }),
      introspect: fetch(`${server.address}/introspect`, {
        method: 'POST',
        headers: basic,
        body: new URLSearchParams({ token: tokens.access_token }),
      }),
      userinfo: server.get('/userinfo', tokens.access_token),
      sessions: server.get('/sessions', tokens.access_token),
      ready: fetch(`${server.address}/readyz`),
    };
    for (const [name, promised] of Object.entries(asked)) {
      const answer = await promised;
      const { error } = (await answer.json()) as { readonly error: string };
      expect([name, answer.status, error]).toEqual([name, 503, 'temporarily_unavailable']);
      expect(Number(answer.headers.get('retry-after')), name).toBeGreaterThan(0);
    }
    expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
    // What needs no store is answered as ever: a forged token, and the published keys.
    expect((await server.post('/refresh', { refresh_token: 'prt_forged' })).status).toBe(400);
    expect((await fetch(`${server.address}/jwks.json`)).status).toBe(200);

    store.thaw();
    while ((await fetch(`${server.address}/readyz`)).status !== 200);
    // The logout that was given up may have been carried out; the other session was not asked to end.
    const retried = await form(server, '/token', { grant_type: 'refresh_token', refresh_token });
    expect([retried.status, retried.headers.get('pawl-refresh')]).toEqual([
      200,
      expect.stringMatching(/^(?:rotated|replayed)$/),
    ]);
    expect((await server.login('alice', password)).access_token).toBeTruthy();
    expect(await server.stop()).toBe(0);
    expect(server.output.stderr).not.toContain(password);
  });

  test('stops in order while it is frozen, and logs no line per failure', async () => {
    const store = await (ownStores[kind] as (typeof ownStores)[string])();
    const folder = temporaryFolder();
    const variables = { ...store.variables, ...issuer, PAWL_STORE_DEADLINE_SECONDS: '2' };
    await pawl(folder, ['user', 'add', 'alice'], { input: `${password}\n`, variables });
    const server = await startServer(folder, variables);
    const tokens = await server.login('alice', password);
    store.freeze();
    const failures = await Promise.all(
      Array.from({ length: 50 }, () => server.post('/refresh', { refresh_token: tokens.refresh_token })),
    );
    expect(new Set(failures.map(({ status }) => status))).toEqual(new Set([503]));
    expect(await server.stop()).toBe(0);
    const lines = server.output.stderr.split('\n').filter((line) => line.includes('a request failed'));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(5);
    expect(server.output.stderr).not.toContain(tokens.refresh_token.slice(-40));
    store.thaw();
  });

  test('does not start, and says which store does not answer', async () => {
    const store = await (ownStores[kind] as (typeof ownStores)[string])();
    store.freeze();
    const variables = { ...store.variables, PAWL_PORT: '0', PAWL_STORE_DEADLINE_SECONDS: '2' };
    await Promise.all(
      [['serve'], ['user', 'list'], ['doctor']].map(async (command) => {
        const { code, stdout, stderr } = await pawl(temporaryFolder(), command, { variables });
        expect([command, code]).toEqual([command, 1]);
        const said = command[0] === 'doctor' ? stdout : stderr;
        expect(said).toMatch(/Cannot open the store (?:redis|postgres)\S*:\/\/127\.0\.0\.1:\d+/);
      }),
    );
    store.thaw();
  });
});
