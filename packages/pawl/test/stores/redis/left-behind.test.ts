import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Cluster, Redis } from 'ioredis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startRedisCluster } from '../../../../../testbed/src/redis-cluster.js';
import { startRedis } from '../../../../../testbed/src/redis-server.js';
import type { RevocationEntry, Store } from '../../../src/stores/index.js';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { newSession, startAt } from '../../../src/testing/session-fixture.js';

const random = createSeededRandom(7);
const patience = { timeout: 60_000, interval: 50 };

interface Place {
  readonly kind: 'single' | 'cluster';
  readonly port: number;
  readonly store: Store;
}

async function single(): Promise<Place> {
  const server = await startRedis();
  const client = new Redis(server.port, server.host);
  const store = await openRedisStore({ client, deadlineSeconds: 10 });
  onTestFinished(async () => {
    await store.close();
    client.disconnect();
    await server.process.end('SIGKILL');
  });
  return { kind: 'single', port: server.port, store };
}

async function cluster(): Promise<Place> {
  const started = await startRedisCluster();
  const client = new Cluster(started.servers.map(({ host, port }) => ({ host, port })));
  const store = await openRedisStore({ client, deadlineSeconds: 10 });
  onTestFinished(async () => {
    await store.close();
    client.disconnect();
    await started.stop();
  });
  return { kind: 'cluster', port: started.servers[0]?.port ?? 0, store };
}

/** Ends something in a process that is killed before it says so. */
async function endAndDie({ kind, port }: Place, ...what: readonly string[]): Promise<void> {
  const script = fileURLToPath(new URL('./ending-process.ts', import.meta.url));
  const child = fork(script, [kind, String(port), ...what], {
    execArgv: ['--conditions=pawl-source', '--import', 'tsx'],
  });
  const exit = once(child, 'exit');
  const [first] = (await Promise.race([once(child, 'message'), exit])) as unknown[];
  expect(first).toBe('ended');
  child.kill('SIGKILL');
  await exit;
}

async function entriesOf({ revocations }: Store): Promise<readonly RevocationEntry[]> {
  return (await revocations.read(null, 100)).entries;
}

describe.each([single, cluster])('a process that dies between an end and its publication (%o)', (open) => {
  test('is finished by whoever reads the feed, once', { timeout: 180_000 }, async () => {
    const place = await open();
    const { store } = place;
    const [one, two] = [newSession(random), newSession(random)];
    for (const session of [one, two]) await store.sessions.create(session, 5, startAt);
    await endAndDie(place, one.id);
    await endAndDie(place, '', two.subject);
    expect((await store.sessions.find(one.id))?.revokedAt).toBe(1_800_000_021);
    expect(await store.sessions.epochOf(two.subject)).toBe(1);

    await vi.waitFor(async () => expect((await entriesOf(store)).length).toBe(2), patience);
    const entries = await entriesOf(store);
    expect(entries).toContainEqual({ kind: 'session', sessionId: one.id, at: 1_800_000_021 });
    expect(entries).toContainEqual({ kind: 'subject', subject: two.subject, epoch: 1, at: 1_800_000_021 });

    // A step after it is published by itself, and what was finished does not come again.
    const three = newSession(random);
    await store.sessions.create(three, 5, startAt);
    await store.sessions.revokeSession(three.id, null, startAt);
    expect((await entriesOf(store)).length).toBe(3);
  });
});
