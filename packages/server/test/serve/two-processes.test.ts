import { describe, expect, test } from 'vitest';
import { pawl, startServer, temporaryFolder } from '../server-process.js';

const password = 'a long password';

async function folderWithUser(): Promise<string> {
  const folder = temporaryFolder();
  const { code } = await pawl(folder, ['user', 'add', 'alice'], { input: `${password}\n` });
  expect(code).toBe(0);
  return folder;
}

describe('two servers on one file', () => {
  test('one sees at once what happened at the other: refresh, reuse, logout', async () => {
    const folder = await folderWithUser();
    const variables = { PAWL_POLICY: 'strict', PAWL_ISSUER: 'http://127.0.0.1:3000' };
    const [left, right] = await Promise.all([startServer(folder, variables), startServer(folder, variables)]);

    const first = await left.login('alice', password);
    const bystander = await left.login('alice', password);
    const refreshed = await right.post('/refresh', { refresh_token: first.refresh_token });
    expect(refreshed.headers.get('pawl-refresh')).toBe('rotated');
    const second = (await refreshed.json()) as typeof first;
    for (const server of [left, right])
      expect((await server.get('/userinfo', second.access_token)).status).toBe(200);

    expect((await left.post('/refresh', { refresh_token: first.refresh_token })).status).toBe(400);
    for (const token of [first, second, bystander]) {
      expect((await right.get('/userinfo', token.access_token)).status).toBe(401);
    }

    const third = await right.login('alice', password);
    expect((await left.post('/logout', { refresh_token: third.refresh_token })).status).toBe(204);
    expect((await right.get('/userinfo', third.access_token)).status).toBe(401);
    expect(await Promise.all([left.stop(), right.stop()])).toEqual([0, 0]);
  });

  test('may start at the same moment on an empty folder: one user, one master key', async () => {
    const folder = temporaryFolder();
    const servers = await Promise.all([startServer(folder), startServer(folder)]);
    const shown = servers.filter(({ output }) => output.stdout.includes('shown this once'));
    expect(shown).toHaveLength(1);
    expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0]);
    expect((await pawl(folder, ['keys', 'list'])).code).toBe(0);
  });
});

describe('commands beside a running server', () => {
  test('disabling a user ends the sessions and refuses logins at once', async () => {
    const folder = await folderWithUser();
    const server = await startServer(folder);
    const tokens = await server.login('alice', password);
    expect((await pawl(folder, ['user', 'disable', 'alice'])).code).toBe(0);
    expect((await server.get('/userinfo', tokens.access_token)).status).toBe(401);
    expect((await server.post('/refresh', { refresh_token: tokens.refresh_token })).status).toBe(400);

    const disabled = await server.post('/login', { username: 'alice', password });
    const unknown = await server.post('/login', { username: 'nobody', password });
    expect([disabled.status, await disabled.text()]).toEqual([unknown.status, await unknown.text()]);
    expect(disabled.status).toBe(401);

    expect((await pawl(folder, ['user', 'enable', 'alice'])).code).toBe(0);
    expect((await server.login('alice', password)).access_token).toBeTruthy();
    await server.stop();
  });

  test('one session is listed and ended by its id, the others go on', async () => {
    const folder = await folderWithUser();
    const server = await startServer(folder);
    const [tokens, other] = [await server.login('alice', password), await server.login('alice', password)];
    const { stdout } = await pawl(folder, ['sessions', 'list', 'alice', '--json']);
    const listed = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { readonly id: string }).id);
    expect(listed.sort()).toEqual([tokens.session_id, other.session_id].sort());
    expect((await pawl(folder, ['sessions', 'revoke', tokens.session_id])).code).toBe(0);
    expect((await server.get('/userinfo', tokens.access_token)).status).toBe(401);
    expect((await server.get('/userinfo', other.access_token)).status).toBe(200);
    await server.stop();
  });

  test('a new password ends the sessions of the old one', async () => {
    const folder = await folderWithUser();
    const server = await startServer(folder);
    const tokens = await server.login('alice', password);
    expect((await pawl(folder, ['user', 'passwd', 'alice'], { input: 'another password\n' })).code).toBe(0);
    expect((await server.get('/userinfo', tokens.access_token)).status).toBe(401);
    expect((await server.post('/login', { username: 'alice', password })).status).toBe(401);
    expect((await server.login('alice', 'another password')).access_token).toBeTruthy();
    await server.stop();
  });

  test('of several that add one user exactly one wins', async () => {
    const folder = temporaryFolder();
    const added = await Promise.all(
      [1, 2, 3, 4].map((i) => pawl(folder, ['user', 'add', 'bob'], { input: `password ${i}\n` })),
    );
    expect(added.map(({ code }) => code).sort()).toEqual([0, 1, 1, 1]);
  });
});

describe('the login over HTTP', () => {
  test('too many wrong passwords answer 429 with Retry-After', async () => {
    const server = await startServer(await folderWithUser());
    const statuses: number[] = [];
    let last = new Response();
    for (let i = 0; i < 6; i++) {
      last = await server.post('/login', { username: 'alice', password: 'wrong password' });
      statuses.push(last.status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect(last.headers.get('retry-after')).toBe('1');
    await server.stop();
  });

  test("a trusted proxy's callers are told apart, and others cannot pretend", async () => {
    const folder = await folderWithUser();
    const attempt = { username: 'alice', password: 'wrong password' };
    for (const [trusted, expected] of [
      [{ PAWL_TRUSTED_PROXIES: '127.0.0.0/8' }, 401],
      [{}, 429],
    ] as const) {
      const server = await startServer(folder, trusted);
      let status = 0;
      for (let i = 0; i < 8; i++) {
        ({ status } = await server.post('/login', attempt, { 'x-forwarded-for': `203.0.113.${i}` }));
      }
      expect(status).toBe(expected);
      await server.stop();
    }
  });
});
