import { setImmediate as nextTurn } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Store } from '../../../src/stores/index.js';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import {
  attemptFor,
  createSession,
  newSession,
  requestFor,
  startAt,
} from '../../../src/testing/session-fixture.js';
import { ask, linked, startRedisCluster } from '../../../../../testbed/src/redis-cluster.js';
import { type RedisServer, startRedis } from '../../../../../testbed/src/redis-server.js';

const random = createSeededRandom(3);
const options = { deadlineSeconds: 6, waitForReplicas: 1 };

interface Replicated {
  readonly store: Store;
  readonly replicas: readonly RedisServer[];
}

const openers: Readonly<Record<string, () => Promise<Replicated>>> = {
  async ioredis() {
    const { primary, replicas } = await startPair();
    const client = new Redis(primary.port, primary.host);
    onTestFinished(() => {
      client.disconnect();
    });
    return { store: await openRedisStore({ client, ...options }), replicas };
  },
  async 'node-redis'() {
    const { primary, replicas } = await startPair();
    const client = await createClient({ url: `redis://${primary.host}:${primary.port}` }).connect();
    onTestFinished(() => {
      client.destroy();
    });
    return { store: await openRedisStore({ client, ...options }), replicas };
  },
  async 'ioredis Cluster'() {
    const { nodes, replicas } = await startReplicatedCluster();
    const client = new Cluster(nodes);
    onTestFinished(() => {
      client.disconnect();
    });
    return { store: await openRedisStore({ client, ...options }), replicas };
  },
  async 'node-redis cluster'() {
    const { nodes, replicas } = await startReplicatedCluster();
    const client = createCluster({
      rootNodes: nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` })),
    });
    await client.connect();
    onTestFinished(() => {
      client.destroy();
    });
    return { store: await openRedisStore({ client, ...options }), replicas };
  },
};

async function startPair() {
  const primary = await startRedis();
  const replica = await startRedis({ directives: ['--replicaof', primary.host, String(primary.port)] });
  onTestFinished(async () => {
    await Promise.all([primary, replica].map(({ process }) => process.end('SIGKILL')));
  });
  await linked(replica);
  return { primary, replicas: [replica] };
}

async function startReplicatedCluster() {
  const cluster = await startRedisCluster({ replicasEach: 1 });
  onTestFinished(() => cluster.stop());
  const replicas = cluster.servers.slice(3);
  await Promise.all(replicas.map(linked));
  return { nodes: cluster.servers.map(({ host, port }) => ({ host, port })), replicas };
}

/** Repeats a call until replicas have confirmed it. */
async function confirmed<Value>(call: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      expect(error).toMatchObject({ code: 'store_unavailable' });
    }
    await nextTurn();
  }
}

describe.each(Object.keys(openers))('a store over %s that waits for one replica', (name) => {
  test('answers a login and a revocation when the replica has confirmed them, and says so when it has not', async () => {
    const { store, replicas } = await (openers[name] as () => Promise<Replicated>)();
    const { sessions } = store;
    const session = newSession(random);
    await createSession(sessions, session, 5, startAt);
    expect(await sessions.rotate(attemptFor(session))).toMatchObject({ rotated: true });
    expect(await store.documents.write('c', 'removed', 0, 'v')).toBe(true);

    for (const { process } of replicas) process.freeze();
    const calls = await Promise.allSettled([
      createSession(sessions, newSession(random), 5, startAt),
      sessions.revokeSession(session.id, null, startAt),
      sessions.revokeSubject('nobody', startAt),
      store.documents.write('c', 'k', 0, 'v'),
      store.documents.remove('c', 'removed', 1),
    ]);
    for (const call of calls) {
      expect(call).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
    }
    // A rotation may be lost, so it waits for nobody.
    const other = newSession(random);
    expect(await sessions.rotate(attemptFor(other))).toEqual({ rotated: false, session: null });

    for (const { process } of replicas) process.thaw();
    await confirmed(() => createSession(sessions, other, 5, startAt));
    // The first call removed it, and nobody had confirmed that.
    expect(await confirmed(() => store.documents.remove('c', 'removed', 1))).toBe(false);
    expect(await store.documents.read('c', 'removed')).toBeNull();
    // The feed may be on another server, whose replica is back later.
    const ended = await confirmed(() => sessions.revokeSession(other.id, null, startAt));
    expect(ended).toMatchObject({ session: { id: other.id } });
    await store.close();
  });
});

test('what is asked for while replicas confirm nothing is not carried out late, when all have been told that it failed', async () => {
  const { store, replicas } = await (openers['ioredis'] as () => Promise<Replicated>)();
  const { sessions } = store;
  await createSession(sessions, newSession(random), 5, startAt);
  for (const { process } of replicas) process.freeze();
  const crowd = Array.from({ length: 20 }, () => createSession(sessions, newSession(random), 5, startAt));
  for (const login of await Promise.allSettled(crowd)) {
    expect(login).toMatchObject({ status: 'rejected', reason: { unsent: false } });
  }
  const late = Array.from({ length: 20 }, () => newSession(random));
  for (const session of late) {
    await expect(createSession(sessions, session, 5, startAt)).rejects.toMatchObject({
      code: 'store_unavailable',
      unsent: true,
    });
  }
  for (const { process } of replicas) process.thaw();
  for (;;) {
    const created = await createSession(sessions, newSession(random), 5, startAt).catch(() => null);
    if (created !== null) break;
    await nextTurn();
  }
  for (const { id } of late) expect(await sessions.find(id)).toBeNull();
  await store.close();
});

test('a step that finds its end already made writes all the same, so that WAIT has something to confirm', async () => {
  const server = await startRedis();
  onTestFinished(() => server.process.end('SIGKILL'));
  const client = new Redis(server.port, server.host);
  onTestFinished(() => {
    client.disconnect();
  });
  const { sessions } = await openRedisStore({ client });
  const { session: ended } = await createSession(sessions, newSession(random), 5, startAt);
  const { subject } = ended;
  const kept = newSession(random, { subject });
  await createSession(sessions, kept, 5, startAt);
  await sessions.revokeSession(ended.id, null, startAt);
  const { session: behind } = await createSession(sessions, newSession(random), 5, startAt);
  await sessions.revokeSubject(behind.subject, startAt);
  for (const step of [
    () => sessions.revokeSession(ended.id, null, startAt),
    () => sessions.revokeSession(behind.id, null, startAt),
    () => sessions.apply(ended, { kind: 'revoke-session' }, startAt),
    () => sessions.apply(behind, { kind: 'revoke-subject' }, startAt),
    () => sessions.revokeOthers(subject, kept.id, startAt),
    () => sessions.create(requestFor(kept)),
  ]) {
    ask(server, 'config', 'resetstat');
    await step();
    expect(ask(server, 'info', 'commandstats'), step.toString()).toContain('cmdstat_pexpire:calls=1,');
  }
});

test('a primary that became a replica says of no session that it is unknown', async () => {
  const { primary, replicas } = await startPair();
  const client = new Redis(primary.port, primary.host);
  onTestFinished(() => {
    client.disconnect();
  });
  const store = await openRedisStore({ client });
  const [replica] = replicas as [RedisServer];
  ask(replica, 'replicaof', 'no', 'one');
  ask(primary, 'replicaof', replica.host, String(replica.port));
  const { id, subject } = newSession(random);
  for (const call of [
    () => store.sessions.find(id),
    () => store.sessions.rotate(attemptFor(newSession(random))),
    () => store.sessions.revokeSession(id, null, startAt),
    () => store.sessions.list(subject, startAt),
    () => store.documents.read('c', 'k'),
    () => store.check(),
  ]) {
    await expect(call()).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('READONLY') as string,
    });
  }
});
