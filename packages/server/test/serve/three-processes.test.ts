import { describe, expect, test } from 'vitest';
import { waitUntil } from '../../../../testbed/src/wait-until.js';
import {
  type LoggedIn,
  pawl,
  type RunningServer,
  startServer,
  temporaryFolder,
  type Variables,
} from '../server-process.js';
import { sharedStores } from '../shared-stores.js';

const password = 'a long password';

/** One issuer, as servers behind one proxy have it. */
const issuer = { PAWL_ISSUER: 'http://127.0.0.1:3000' };

interface Three {
  readonly folder: string;
  readonly variables: Variables;
  readonly servers: readonly [RunningServer, RunningServer, RunningServer];
}

async function startThree(store: string, more: Variables = {}): Promise<Three> {
  const place = await (sharedStores[store] as (typeof sharedStores)[string])();
  const folder = temporaryFolder();
  const variables = { ...place, ...issuer, ...more };
  const start = (): Promise<RunningServer> => startServer(folder, variables);
  const servers = await Promise.all([start(), start(), start()]);
  return { folder, variables, servers };
}

async function publishedKeys({ address }: RunningServer): Promise<readonly string[]> {
  const { keys } = (await (await fetch(`${address}/jwks.json`)).json()) as {
    readonly keys: readonly { readonly kid: string }[];
  };
  return keys.map(({ kid }) => kid).sort();
}

describe.each(Object.keys(sharedStores))('three servers behind one %s', (store) => {
  test('that start at the same moment on nothing share one user and one key ring', async () => {
    const { folder, variables, servers } = await startThree(store);
    const shown = servers.filter(({ output }) => output.stdout.includes('shown this once'));
    expect(shown).toHaveLength(1);
    const demoPassword = /shown this once: (?<password>\S+)/.exec(shown[0]?.output.stdout ?? '')?.groups;
    for (const server of servers) await server.login('demo', demoPassword?.['password'] ?? '');
    const [first, ...others] = await Promise.all(servers.map(publishedKeys));
    expect(first).toHaveLength(1);
    for (const other of others) expect(other).toEqual(first);
    const { stdout } = await pawl(folder, ['keys', 'list', '--json'], { variables });
    expect(stdout.trim().split('\n')).toHaveLength(2);
    expect(await Promise.all(servers.map((server) => server.stop()))).toEqual([0, 0, 0]);
  });

  test('act as one: what one did, the others know at once', async () => {
    const { folder, variables, servers } = await startThree(store, { PAWL_POLICY: 'strict' });
    const [left, middle, right] = servers;
    const added = await pawl(folder, ['user', 'add', 'alice'], { input: `${password}\n`, variables });
    expect(added.stderr).toBe('The user alice was added.\n');

    const first = await left.login('alice', password);
    const bystander = await right.login('alice', password);
    const refreshed = await middle.post('/refresh', { refresh_token: first.refresh_token });
    expect(refreshed.headers.get('pawl-refresh')).toBe('rotated');
    const second = (await refreshed.json()) as typeof first;
    for (const server of servers)
      expect((await server.get('/userinfo', second.access_token)).status).toBe(200);

    expect((await right.post('/logout', { refresh_token: second.refresh_token })).status).toBe(204);
    for (const server of servers) {
      expect((await server.get('/userinfo', second.access_token)).status).toBe(401);
      expect((await server.post('/refresh', { refresh_token: second.refresh_token })).status).toBe(400);
      expect((await server.get('/userinfo', bystander.access_token)).status).toBe(200);
    }

    // A retired token that comes back at another server ends every session of the user, everywhere.
    const third = await left.login('alice', password);
    expect((await middle.post('/refresh', { refresh_token: third.refresh_token })).status).toBe(200);
    expect((await right.post('/refresh', { refresh_token: third.refresh_token })).status).toBe(400);
    for (const server of servers) {
      expect((await server.get('/userinfo', bystander.access_token)).status).toBe(401);
      expect((await server.post('/refresh', { refresh_token: bystander.refresh_token })).status).toBe(400);
    }

    const fourth = await right.login('alice', password);
    expect((await pawl(folder, ['revoke-subject', 'alice'], { variables })).code).toBe(0);
    for (const server of servers)
      expect((await server.get('/userinfo', fourth.access_token)).status).toBe(401);
    expect((await pawl(folder, ['user', 'disable', 'alice'], { variables })).code).toBe(0);
    for (const server of servers) {
      expect((await server.post('/login', { username: 'alice', password })).status).toBe(401);
    }
    await Promise.all(servers.map((server) => server.stop()));
    const { stdout } = await pawl(folder, ['events', '--subject', 'alice'], { variables });
    expect(stdout).toContain('session.reused');
    expect(stdout).toContain('user.disabled');
  });

  test('give a token that comes to all of them at once one successor', async () => {
    const { folder, variables, servers } = await startThree(store);
    await pawl(folder, ['user', 'add', 'alice'], { input: `${password}\n`, variables });
    const { refresh_token } = await servers[0].login('alice', password);
    const answers = await Promise.all(
      [...servers, ...servers, ...servers].map((server) => server.post('/refresh', { refresh_token })),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const tokens = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as LoggedIn).refresh_token),
    );
    expect(new Set(tokens).size).toBe(1);
    const outcomes = answers.map((answer) => answer.headers.get('pawl-refresh'));
    expect(outcomes.filter((outcome) => outcome === 'rotated')).toHaveLength(1);
    await Promise.all(servers.map((server) => server.stop()));
  });

  test('rotate keys once, and all publish the same', async () => {
    const { folder, variables, servers } = await startThree(store);
    const [before = []] = await Promise.all(servers.map(publishedKeys));
    const announced = await pawl(folder, ['keys', 'rotate', 'access'], { variables });
    expect(announced.code).toBe(0);
    await waitUntil('all publish the new key', async () =>
      (await Promise.all(servers.map(publishedKeys))).every(({ length }) => length === 2),
    );

    // A leaked key is replaced at once by whoever notices first, and by nobody else.
    const [leaked = ''] = before;
    expect((await pawl(folder, ['keys', 'compromise', leaked], { variables })).code).toBe(0);
    await waitUntil('nobody publishes the leaked key', async () =>
      (await Promise.all(servers.map(publishedKeys))).every((keys) => !keys.includes(leaked)),
    );
    const [first, ...others] = await Promise.all(servers.map(publishedKeys));
    for (const other of others) expect(other).toEqual(first);
    const { stdout } = await pawl(folder, ['keys', 'list', '--json'], { variables });
    const states = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly use: string; readonly state: string })
      .filter(({ use }) => use === 'access')
      .map(({ state }) => state);
    expect(states.sort()).toEqual(['active', 'compromised']);
    await Promise.all(servers.map((server) => server.stop()));
  });

  test('with folders of their own the second says which master key it needs', async () => {
    const { variables, servers } = await startThree(store);
    const elsewhere = await pawl(temporaryFolder(), ['serve'], {
      variables: { ...variables, PAWL_PORT: '0' },
    });
    expect(elsewhere).toMatchObject({ code: 2, stdout: '' });
    expect(elsewhere.stderr).toMatch(/with another master key than .*: set PAWL_MASTER_KEY or/);
    await Promise.all(servers.map((server) => server.stop()));
  });
});
