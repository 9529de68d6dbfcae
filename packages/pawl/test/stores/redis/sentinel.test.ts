import { setImmediate as nextTurn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import { expect, onTestFinished, test } from 'vitest';
import { openRedisStore, type RedisClient } from '../../../src/stores/redis/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { createSession, attemptFor, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { type SentinelGroup, startSentinelGroup } from '../../../../../testbed/src/redis-sentinel.js';

const random = createSeededRandom(4);

const clients: Readonly<Record<string, (group: SentinelGroup) => Promise<RedisClient>>> = {
  ioredis({ name, sentinel }) {
    const client = new Redis({ name, sentinels: [sentinel], sentinelRetryStrategy: () => 50 });
    client.on('error', () => undefined);
    onTestFinished(() => {
      client.disconnect();
    });
    return Promise.resolve(client);
  },
  async 'node-redis'({ name, sentinel }) {
    const client = createSentinel({ name, sentinelRootNodes: [sentinel], masterPoolSize: 4 });
    client.on('error', () => undefined);
    await client.connect();
    onTestFinished(async () => {
      await client.destroy();
    });
    return client;
  },
};

test.each(
  Object.keys(clients),
)('a store over %s behind Sentinel follows a failover, and keeps what a replica had confirmed', async (library) => {
  const group = await startSentinelGroup();
  onTestFinished(() => group.stop());
  const client = await (clients[library] as (typeof clients)[string])(group);
  const store = await openRedisStore({ client, deadlineSeconds: 6, waitForReplicas: 1 });
  const [kept, ended] = [newSession(random), newSession(random)];
  await createSession(store.sessions, kept, 5, startAt);
  await createSession(store.sessions, ended, 5, startAt);
  expect(await store.sessions.revokeSession(ended.id, null, startAt)).toMatchObject({
    session: { id: ended.id },
  });

  await group.primary.process.end('SIGKILL');
  const failures = new Set<string>();
  for (;;) {
    try {
      const { session } = await store.sessions.rotate(attemptFor(kept));
      expect(session).toMatchObject({ id: kept.id, generation: 1 });
      break;
    } catch (error) {
      failures.add((error as { code: string }).code);
    }
    await nextTurn();
  }
  // Within the deadline of a call, or after calls whose deadline was over.
  expect([...failures].filter((code) => code !== 'store_unavailable')).toEqual([]);
  expect(await store.sessions.find(ended.id)).toMatchObject({ revokedAt: startAt });
  await store.close();
});
