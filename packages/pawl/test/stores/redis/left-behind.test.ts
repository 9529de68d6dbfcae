import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Cluster, Redis } from 'ioredis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { bundledScript } from '../../../../../testbed/src/vitest/bundled-script.js';
import { redisPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import type { RevocationEntry, Store } from '../../../src/stores/index.js';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import {
  createChild,
  createSession,
  newChild,
  newSession,
  startAt,
} from '../../../src/testing/session-fixture.js';
import type { Session } from '../../../src/rotation/session.js';
import { openClusterPlace } from './cluster-place.js';
import type { EndingSetup } from './ending-process.js';

const random = createSeededRandom(7);
const patience = { timeout: 60_000, interval: 50 };

const [onServer, onCluster] = [await redisPlace(), await openClusterPlace()];

interface Place {
  readonly setup: EndingSetup;
  readonly store: Store;
}

async function single(): Promise<Place> {
  const { host, port, database, prefix } = onServer;
  const client = new Redis({ host, port, db: database });
  return openPlace({ kind: 'single', port, database, prefix }, client);
}

async function cluster(): Promise<Place> {
  const { nodes, prefix } = onCluster;
  return openPlace({ kind: 'cluster', port: nodes[0]?.port ?? 0, prefix }, new Cluster([...nodes]));
}

async function openPlace(setup: EndingSetup, client: Redis | Cluster): Promise<Place> {
  const store = await openRedisStore({ client, prefix: setup.prefix, deadlineSeconds: 10 });
  onTestFinished(async () => {
    await store.close();
    client.disconnect();
  });
  return { setup, store };
}

/** Ends something in a process that is killed before it says so. */
async function endAndDie({ setup }: Place, ...what: readonly string[]): Promise<void> {
  const script = await bundledScript(new URL('./ending-process.ts', import.meta.url));
  const child = fork(script, [JSON.stringify(setup), ...what]);
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
    for (const session of [one, two]) await createSession(store.sessions, session, 5, startAt);
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
    await createSession(store.sessions, three, 5, startAt);
    await store.sessions.revokeSession(three.id, null, startAt);
    expect((await entriesOf(store)).length).toBe(3);
  });

  test('also when children ended with it', { timeout: 180_000 }, async () => {
    const place = await open();
    const { sessions } = place.store;
    const { session: parent } = await createSession(sessions, newSession(random), 5, startAt);
    const children: Session[] = [];
    for (const offline of [false, false, true]) {
      children.push(await createChild(sessions, parent, newChild(random, parent, { offline })));
    }
    const before = (await entriesOf(place.store)).length;
    await endAndDie(place, parent.id);
    await vi.waitFor(async () => expect((await entriesOf(place.store)).length).toBe(before + 3), patience);
    const entries = (await entriesOf(place.store)).slice(before);
    const ended = [parent, ...children.slice(0, 2)].map(({ id }) => id);
    expect(new Set(entries)).toEqual(
      new Set(ended.map((sessionId) => ({ kind: 'session', sessionId, at: 1_800_000_021 }))),
    );
  });
});
