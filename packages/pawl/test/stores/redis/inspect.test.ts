import { Cluster, Redis } from 'ioredis';
import { createClient } from 'redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { inspectRedis, openRedisStore, type RedisClient } from '../../../src/stores/redis/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { createSession, attemptFor, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { ask, linked, startRedisCluster } from '../../../../../testbed/src/redis-cluster.js';
import { waitUntil } from '../../../../../testbed/src/wait-until.js';
import { type RedisServer, startRedis } from '../../../../../testbed/src/redis-server.js';

const random = createSeededRandom(5);
const clock = systemClock;
/** A replica on a busy machine confirms late; a server that does not answer has a test of its own. */
const deadlineSeconds = 30;

/** Exactly what a role of the store needs, as docs/stores.md says it. */
const role = [
  ...['resetchannels', '-@all', '~pawl:*'],
  ...[
    '+eval',
    '+evalsha',
    '+scan',
    '+set',
    '+get',
    '+getdel',
    '+hget',
    '+hset',
    '+hdel',
    '+hgetall',
    '+hlen',
    '+pttl',
    '+pexpire',
  ],
  ...[
    '+zadd',
    '+zrem',
    '+zrange',
    '+zrangebylex',
    '+xadd',
    '+xrange',
    '+xrevrange',
    '+xdel',
    '+xlen',
    '+rpush',
    '+ltrim',
    '+lrange',
    '+time',
    '+info',
    '+select',
    '+quit',
  ],
];

async function server(directives: readonly string[] = []): Promise<RedisServer> {
  const started = await startRedis({ directives });
  onTestFinished(() => started.process.end('SIGKILL'));
  return started;
}

function ioredis({ port, host }: RedisServer, options: object = {}): Redis {
  const client = new Redis({ port, host, ...options });
  client.on('error', () => undefined);
  onTestFinished(() => {
    client.disconnect();
  });
  return client;
}

async function nodeRedis({ port, host }: RedisServer): Promise<RedisClient> {
  const client = await createClient({ url: `redis://${host}:${port}` }).connect();
  onTestFinished(() => {
    client.destroy();
  });
  return client;
}

describe('what a server says of itself', () => {
  test.each(['ioredis', 'node-redis'])('is read alike over %s', async (library) => {
    const started = await server([
      ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', '60 1'],
      ...['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'],
    ]);
    const client = library === 'ioredis' ? ioredis(started) : await nodeRedis(started);
    const { servers, clusterState, refusals } = await inspectRedis({
      client,
      clock,
      deadlineSeconds,
      waitForReplicas: 1,
    });
    expect(refusals).toEqual([]);
    expect(clusterState).toBeNull();
    expect(servers).toHaveLength(1);
    expect(servers[0]).toMatchObject({
      address: null,
      software: 'redis',
      isSupported: true,
      isReplica: false,
      evictionPolicy: 'allkeys-lru',
      maxMemoryBytes: 100 * 1024 * 1024,
      isAppendOnly: true,
      appendFsync: 'always',
      snapshots: '60 1',
      onlineReplicas: 0,
    });
    expect(servers[0]?.usedMemoryBytes).toBeGreaterThan(0);
    expect(Math.abs(servers[0]?.clockOffsetSeconds ?? Number.NaN)).toBeLessThan(60);
  });

  test('leaves nothing behind that does not expire', async () => {
    const started = await server();
    await inspectRedis({ client: ioredis(started), clock, deadlineSeconds });
    const keys = ask(started, 'keys', '*').split('\n');
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) expect(Number(ask(started, 'ttl', key))).toBeGreaterThan(0);
  });

  test('is told by each primary of a cluster', async () => {
    const cluster = await startRedisCluster({ replicasEach: 1 });
    onTestFinished(() => cluster.stop());
    await Promise.all(cluster.servers.slice(3).map(linked));
    // A primary counts a replica from its first confirmation on.
    for (const primary of cluster.servers.slice(0, 3)) {
      await waitUntil('the replica is online', () =>
        ask(primary, 'info', 'replication').includes('state=online'),
      );
    }
    const client = new Cluster(cluster.servers.map(({ host, port }) => ({ host, port })));
    onTestFinished(() => {
      client.disconnect();
    });
    const found = await inspectRedis({ client, clock, deadlineSeconds, waitForReplicas: 1 });
    expect(found.clusterState).toBe('ok');
    expect(found.refusals).toEqual([]);
    const addresses = cluster.servers.slice(0, 3).map(({ host, port }) => `${host}:${port}`);
    expect(found.servers.map(({ address }) => address).sort()).toEqual(addresses.sort());
    for (const each of found.servers) expect(each).toMatchObject({ isReplica: false, onlineReplicas: 1 });
  });

  test('is unknown where it may not say', async () => {
    const started = await server();
    ask(started, 'acl', 'setuser', 'pawl', 'on', '>secret', ...role, '-info');
    const client = ioredis(started, { username: 'pawl', password: 'secret', enableReadyCheck: false });
    const { servers, refusals } = await inspectRedis({ client, clock, deadlineSeconds });
    expect(refusals).toEqual([]);
    expect(servers[0]).toMatchObject({
      serverVersion: null,
      isSupported: null,
      evictionPolicy: null,
      isAppendOnly: null,
      appendFsync: null,
      clockOffsetSeconds: expect.any(Number) as number,
    });
  });
});

describe('refusals', () => {
  test('of a replica', async () => {
    const primary = await server();
    const replica = await server(['--replicaof', primary.host, String(primary.port)]);
    await linked(replica);
    const { servers, refusals } = await inspectRedis({ client: ioredis(replica), clock, deadlineSeconds });
    expect(servers[0]?.isReplica).toBe(true);
    expect(new Set(refusals.map(({ reason }) => reason))).toEqual(new Set(['READONLY']));
  });

  test('of a server that is full', async () => {
    const { refusals } = await inspectRedis({
      client: ioredis(await server(['--maxmemory', '1'])),
      clock,
      deadlineSeconds,
    });
    expect(new Set(refusals.map(({ reason }) => reason))).toEqual(new Set(['OOM']));
  });

  test('of a role that may not do something are named', async () => {
    const started = await server();
    ask(started, 'acl', 'setuser', 'pawl', 'on', '>secret', ...role, '-hset', '-xadd', '-scan');
    const client = ioredis(started, { username: 'pawl', password: 'secret' });
    const { refusals } = await inspectRedis({ client, clock, deadlineSeconds, waitForReplicas: 1 });
    expect(refusals).toEqual(
      ['HSET', 'XADD', 'SCAN', 'WAIT'].map((command) => ({ command, reason: 'NOPERM' })),
    );
  });

  test('of a role for other keys', async () => {
    const started = await server();
    ask(started, 'acl', 'setuser', 'pawl', 'on', '>secret', ...role, 'resetkeys', '~other:*');
    const client = ioredis(started, { username: 'pawl', password: 'secret' });
    const { refusals } = await inspectRedis({ client, clock, deadlineSeconds });
    expect(refusals).toEqual(['EVALSHA', 'EVAL'].map((command) => ({ command, reason: 'NOPERM' })));
  });
});

/** A server, or a cluster, with a client of the documented role. */
const places: Readonly<Record<string, () => Promise<RedisClient>>> = {
  async 'one server'() {
    const started = await server();
    ask(started, 'acl', 'setuser', 'pawl', 'on', '>secret', ...role, '+wait');
    const replica = await server(['--replicaof', started.host, String(started.port)]);
    await linked(replica);
    return ioredis(started, { username: 'pawl', password: 'secret' });
  },
  async 'a cluster'() {
    const cluster = await startRedisCluster({ replicasEach: 1 });
    onTestFinished(() => cluster.stop());
    await Promise.all(cluster.servers.slice(3).map(linked));
    const more = ['+wait', '+cluster|slots', '+cluster|info', '+cluster|keyslot', '+asking', '+exists'];
    for (const each of cluster.servers)
      ask(each, 'acl', 'setuser', 'pawl', 'on', '>secret', ...role, ...more);
    const client = new Cluster(
      cluster.servers.map(({ host, port }) => ({ host, port })),
      { redisOptions: { username: 'pawl', password: 'secret' } },
    );
    onTestFinished(() => {
      client.disconnect();
    });
    return client;
  },
};

test.each(Object.keys(places))('the documented role is enough for the store on %s', async (place) => {
  const client = await (places[place] as (typeof places)[string])();
  const store = await openRedisStore({ client, deadlineSeconds, waitForReplicas: 1 });
  const [session, other] = [newSession(random), newSession(random)];
  await createSession(store.sessions, session, 1, startAt);
  expect(await store.sessions.rotate(attemptFor(session))).toMatchObject({ rotated: true });
  await createSession(store.sessions, other, 1, startAt);
  await store.sessions.list(other.subject, startAt);
  await store.sessions.revokeOthers(other.subject, other.id, startAt);
  await store.sessions.revokeClient(other.subject, 'app', startAt);
  await store.sessions.logoutsOwed(other.subject, startAt);
  await store.sessions.revokeSession(other.id, null, startAt);
  await store.sessions.revokeSubject(other.subject, startAt);
  expect(await store.time()).toBeGreaterThan(0);
  await store.documents.write('c', 'k', 0, 'v');
  expect(await store.documents.list('c', null, 1)).toHaveLength(1);
  expect(await store.documents.remove('c', 'k', 1)).toBe(true);
  expect(await store.documents.remove('c', 'k', 1)).toBe(false);
  for (const isNew of [true, false])
    expect(await store.replays.remember('k', startAt + 60, startAt)).toBe(isNew);
  expect(await store.ephemera.put('k', 'one', startAt + 60, startAt)).toBe(true);
  expect(await store.ephemera.swap('k', 'one', 'two', startAt)).toBe(true);
  expect(await store.ephemera.read('k', startAt)).toBe('two');
  expect(await store.ephemera.take('k', startAt)).toBe('two');
  await store.events.append([{ at: startAt, subject: null, sessionId: null, body: '{}' }]);
  await store.events.append([{ at: startAt, subject: 'a', sessionId: 'b', body: '{}' }]);
  expect(await store.events.read({ after: null, limit: 1, subject: 'a' })).toHaveLength(1);
  expect(await store.events.tail(1)).toHaveLength(1);
  expect(await store.events.read({ after: null, limit: 1 })).toHaveLength(1);
  expect(await store.sweep(startAt + 1e9, 10)).toBeGreaterThan(0);
  await store.close();
  expect((await inspectRedis({ client, clock, deadlineSeconds, waitForReplicas: 1 })).refusals).toEqual([]);
});

test.each(['ioredis', 'node-redis'])('a frozen server is reported in time over %s', async (library) => {
  const started = await server();
  const client = library === 'ioredis' ? ioredis(started) : await nodeRedis(started);
  await inspectRedis({ client, clock, deadlineSeconds });
  started.process.freeze();
  await expect(inspectRedis({ client, clock, deadlineSeconds: 0.2 })).rejects.toMatchObject({
    code: 'store_unavailable',
  });
});
