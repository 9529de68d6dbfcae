import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../../../testbed/src/postgres-server.js';
import { ask, linked, startRedisCluster } from '../../../../testbed/src/redis-cluster.js';
import { startSentinelGroup } from '../../../../testbed/src/redis-sentinel.js';
import type { RedisServer } from '../../../../testbed/src/redis-server.js';
import { waitUntil } from '../../../../testbed/src/wait-until.js';
import { redis } from '../private-redis.js';
import { pawl, type RunningServer, temporaryFolder, type Variables } from '../server-process.js';
import { startWithUser, userPassword } from '../server-with-user.js';

/** Presents the token until it is answered; every answer before is 503. */
async function refreshed(server: RunningServer, refreshToken: string): Promise<Response> {
  for (;;) {
    const answer = await server.post('/refresh', { refresh_token: refreshToken });
    if (answer.status !== 503) return answer;
  }
}

/** A login waits half of its deadline for the replica, which confirms late on a busy machine. */
const confirmed = { PAWL_STORE_REPLICAS: '1', PAWL_STORE_DEADLINE_SECONDS: '6' };

describe('a server goes on', () => {
  test('when a Redis that was killed is back', async () => {
    const directives = ['--appendonly', 'yes', '--appendfsync', 'always'];
    const first = await redis({ directives });
    const { port, folder } = first;
    const server = await startWithUser(temporaryFolder(), { PAWL_STORE: `redis://127.0.0.1:${port}` });
    const { refresh_token } = await server.login('alice', userPassword);
    await first.process.end('SIGKILL');
    expect((await server.post('/refresh', { refresh_token })).status).toBe(503);
    await waitUntil('the loss is logged', () =>
      server.output.stderr.includes('a connection to the store failed'),
    );
    await redis({ directives, folder, port });
    expect((await refreshed(server, refresh_token)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });

  test('when a PostgreSQL that crashed is back', async () => {
    const first = await startPostgres();
    const { port, folder, user, database } = first;
    const variables = { PAWL_STORE: `postgres://${user}@127.0.0.1:${port}/${database}` };
    expect((await pawl(temporaryFolder(), ['migrate'], { variables })).code).toBe(0);
    const server = await startWithUser(temporaryFolder(), variables);
    const { refresh_token } = await server.login('alice', userPassword);
    await first.crash();
    expect((await server.post('/refresh', { refresh_token })).status).toBe(503);
    const second = await startPostgres({ port, folder });
    onTestFinished(() => second.remove());
    expect((await refreshed(server, refresh_token)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });

  test.each(['killed', 'frozen'])('when Sentinel replaces a primary that is %s', async (how) => {
    const group = await startSentinelGroup();
    onTestFinished(() => group.stop());
    const { host, port } = group.sentinel;
    const server = await startWithUser(temporaryFolder(), {
      PAWL_STORE: `redis-sentinel://${host}:${port}/${group.name}`,
      ...confirmed,
    });
    const { refresh_token } = await server.login('alice', userPassword);
    if (how === 'killed') await group.primary.process.end('SIGKILL');
    else group.primary.process.freeze();
    expect((await refreshed(server, refresh_token)).status).toBe(200);
    // Nobody is left to confirm a login.
    expect((await server.post('/login', { username: 'alice', password: userPassword })).status).toBe(503);
    expect(await server.stop()).toBe(0);
  });

  test.each([
    'killed',
    'frozen',
  ])('when a replica takes over from a primary of a cluster that is %s', async (how) => {
    const cluster = await startRedisCluster({
      replicasEach: 1,
      directives: ['--cluster-node-timeout', '1000'],
    });
    onTestFinished(() => cluster.stop());
    await Promise.all(cluster.servers.slice(3).map(linked));
    const [seed] = cluster.servers as [RedisServer];
    const server = await startWithUser(temporaryFolder(), {
      PAWL_STORE: `redis-cluster://${cluster.servers.map(({ host, port }) => `${host}:${port}`).join(',')}`,
      ...confirmed,
    });
    const { refresh_token, session_id } = await server.login('alice', userPassword);
    const slot = Number(ask(seed, 'cluster', 'keyslot', `pawl:{${session_id.slice(0, 5)}}`));
    // `--cluster create` gives each of three primaries a third of the slots, in order.
    const holder = cluster.servers[Math.floor((slot * 3) / 16_384)];
    if (how === 'killed') await holder?.process.end('SIGKILL');
    else holder?.process.freeze();
    expect((await server.post('/refresh', { refresh_token })).status).toBe(503);
    const answer = await refreshed(server, refresh_token);
    expect([answer.status, answer.headers.get('pawl-refresh')]).toEqual([200, 'rotated']);
    expect(await server.stop()).toBe(0);
  });

  test('when the primary that it talks to becomes a replica', async () => {
    const left = await redis();
    const right = await redis({ directives: ['--replicaof', left.host, String(left.port)] });
    await linked(right);
    const server = await startWithUser(temporaryFolder(), {
      PAWL_STORE: `redis://127.0.0.1:${left.port}`,
      // The other one has the session before it takes over.
      ...confirmed,
    });
    const { refresh_token } = await server.login('alice', userPassword);
    ask(right, 'replicaof', 'no', 'one');
    ask(left, 'replicaof', right.host, String(right.port));
    expect((await server.post('/refresh', { refresh_token })).status).toBe(503);
    ask(left, 'replicaof', 'no', 'one');
    expect((await refreshed(server, refresh_token)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});

test('logins wait for replicas where that is asked for, and refreshes do not', async () => {
  const primary = await redis();
  const replica = await redis({ directives: ['--replicaof', primary.host, String(primary.port)] });
  await linked(replica);
  const server = await startWithUser(temporaryFolder(), {
    PAWL_STORE: `redis://127.0.0.1:${primary.port}`,
    ...confirmed,
  });
  const { refresh_token } = await server.login('alice', userPassword);
  replica.process.freeze();
  expect((await server.post('/refresh', { refresh_token })).status).toBe(200);
  expect((await server.post('/login', { username: 'alice', password: userPassword })).status).toBe(503);
  replica.process.thaw();
  expect(await server.stop()).toBe(0);
});

test('the documented rights are enough for a server, and for what the doctor can say', async () => {
  const stores = readFileSync(new URL('../../../../docs/stores.md', import.meta.url), 'utf8');
  const rule = /^ACL SETUSER (?<words>[^]*?)^```/m.exec(stores)?.groups?.['words'] ?? '';
  const words = rule.replace('>PASSWORD', '>secret-of-the-store').trim().split(/\s+/);
  expect(words.length).toBeGreaterThan(20);
  const primary = await redis({ directives: ['--appendonly', 'yes'] });
  ask(primary, 'acl', 'setuser', ...words, '+config|get', '+time');
  const folder = temporaryFolder();
  const variables = { PAWL_STORE: `redis://pawl:secret-of-the-store@127.0.0.1:${primary.port}` };
  const server = await startWithUser(folder, variables);
  const { refresh_token } = await server.login('alice', userPassword);
  expect((await server.post('/refresh', { refresh_token })).status).toBe(200);
  const { code, stdout } = await pawl(folder, ['doctor'], { variables });
  expect([code, stdout]).toEqual([0, expect.not.stringMatching(/fail|warn {2}Redis/)]);
  expect(await server.stop()).toBe(0);
  expect(server.output.stderr).not.toContain('failed');
});

test('two installations share one Redis by their prefixes', async () => {
  const { port } = await redis();
  const store = (prefix: string): Variables => ({
    PAWL_STORE: `redis://127.0.0.1:${port}/2?prefix=${prefix}`,
  });
  const [left, right] = [temporaryFolder(), temporaryFolder()];
  await startWithUser(left, store('left:'));
  const { stdout } = await pawl(right, ['user', 'list'], { variables: store('right:') });
  expect(stdout).toBe('');
  expect((await pawl(right, ['keys', 'list'], { variables: store('right:') })).code).toBe(0);
});
