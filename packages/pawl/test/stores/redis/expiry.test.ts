import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { endedRetentionSeconds } from '../../../src/stores/index.js';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { placeOfSubject } from '../../../src/stores/subject-tag.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import {
  createSession,
  attemptFor,
  newSession,
  policy,
  startAt,
} from '../../../src/testing/session-fixture.js';
import { createdFrom } from '../../../src/stores/session-store.js';
import { redisPlace } from '../../../../../testbed/src/vitest/shared-place.js';

const random = createSeededRandom(5);
const { host, port, database, prefix } = await redisPlace();
const direct = new Redis({ host, port, db: database });
const store = await openRedisStore({ client: direct, prefix, deadlineSeconds: 30 });
const { sessions } = store;

beforeEach(async () => {
  await direct.flushdb();
});

afterAll(() => {
  direct.disconnect();
});

const keyOf = (subject: string): string => `${prefix}3:{${placeOfSubject(subject)}}`;

/** What is left of the time that Redis keeps a subject's hash, rounded up to what it was set to a moment ago. */
async function keptSeconds(subject: string): Promise<number> {
  return Math.ceil((await direct.pttl(keyOf(subject))) / 60_000) * 60;
}

/** Durations are those of the sessions, whatever the clock of Redis says. */
function rounded(seconds: number): number {
  return Math.ceil(seconds / 60) * 60;
}

describe('Redis gives a subject back', () => {
  test('when its longest session has been over for the time of retention', async () => {
    const subject = 'alice';
    const [short, long] = [3600, 7200].map((lifetime) =>
      newSession(random, { subject, expiresAt: startAt + lifetime }),
    );
    await createSession(sessions, long as NonNullable<typeof long>, 5, startAt);
    expect(await keptSeconds(subject)).toBe(rounded(7200 + endedRetentionSeconds));
    await createSession(sessions, short as NonNullable<typeof short>, 5, startAt);
    expect(await keptSeconds(subject)).toBe(rounded(7200 + endedRetentionSeconds));
  });

  test('and no step makes it stay for ever', async () => {
    const session = newSession(random);
    const { subject } = session;
    await createSession(sessions, session, 5, startAt);
    const steps = [
      () => sessions.rotate(attemptFor(session)),
      () => sessions.apply(createdFrom(session, 0), { kind: 'revoke-subject' }, startAt),
      () => sessions.revokeSubject(subject, startAt),
      () => sessions.revokeOthers(subject, '', startAt),
      () => sessions.revokeClient(subject, 'web', startAt),
      () => sessions.revokeSession(session.id, null, startAt),
      () => store.sweep(startAt, 10),
    ];
    for (const step of steps) {
      await step();
      const left = await keptSeconds(subject);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(rounded(86_400 + endedRetentionSeconds));
    }
  });

  test('an epoch without sessions stays for the time of retention', async () => {
    expect(await sessions.revokeSubject('nobody', startAt)).toBe(1);
    expect(await keptSeconds('nobody')).toBe(rounded(endedRetentionSeconds));
  });

  test('and so does a counter of a client', async () => {
    await sessions.revokeClient('nobody', 'web', startAt);
    expect(await keptSeconds('nobody')).toBe(rounded(endedRetentionSeconds));
    await store.sweep(startAt + endedRetentionSeconds - 1, 10);
    expect(await sessions.clientCounterOf('nobody', 'web')).toBe(Math.floor(startAt));
    await store.sweep(startAt + endedRetentionSeconds, 10);
    expect(await direct.keys('*')).toEqual([]);
  });

  test('a session that never ends is kept for a hundred years', async () => {
    const session = newSession(random, { expiresAt: Number.MAX_SAFE_INTEGER });
    await createSession(sessions, session, 5, startAt);
    expect(await keptSeconds(session.subject)).toBe(rounded(100 * 366 * 86_400));
  });

  test('an ephemeral value goes with its end, which a swap keeps', async () => {
    const { ephemera } = store;
    const left = (): Promise<number> => direct.pttl(`${prefix}3:ephemeral:k`);
    await ephemera.put('k', 'one', startAt + 600, startAt);
    const first = await left();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThanOrEqual(600_000);
    await ephemera.swap('k', 'one', 'two', startAt + 300);
    const second = await left();
    expect(second).toBeGreaterThan(0);
    expect(second).toBeLessThanOrEqual(first);
    await ephemera.take('k', startAt + 300);
    expect(await direct.keys('*')).toEqual([]);
  });

  test('and looking does not bring it back', async () => {
    await sessions.find(newSession(random).id);
    await sessions.list('bob', startAt);
    await sessions.epochOf('bob');
    await sessions.revokeOthers('bob', '', startAt);
    await sessions.rotate(attemptFor(newSession(random)));
    await store.documents.remove('c', 'k', 1);
    await store.ephemera.read('k', startAt);
    await store.ephemera.take('k', startAt);
    await store.ephemera.swap('k', 'one', 'two', startAt);
    await sessions.clientCounterOf('bob', 'web');
    await sessions.logoutsOwed('bob', startAt);
    await sessions.clearLogoutOwed(newSession(random).id, startAt);
    expect(await direct.keys('*')).toEqual([]);
  });
});

describe('everything of a subject is one key', () => {
  test('whatever its sessions do, and revoking it writes one field', async () => {
    const subject = 'carol';
    const created = Array.from({ length: 50 }, () => newSession(random, { subject }));
    for (const session of created) await createSession(sessions, session, 100, startAt);
    expect(await direct.keys('*')).toEqual([keyOf(subject)]);
    expect(await direct.hlen(keyOf(subject))).toBe(50 + 1);
    const before = await direct.hgetall(keyOf(subject));
    await sessions.revokeSubject(subject, startAt);
    expect(await direct.hgetall(keyOf(subject))).toEqual({ ...before, [`e${subject}`]: `1 ${startAt}` });
  });

  test('and a record is as long after ten thousand rotations as after one, but for the digits of its numbers', async () => {
    const session = newSession(random, { policy: { ...policy, windowSeconds: 0 } });
    await createSession(sessions, session, 5, startAt);
    const lengthAfter = async (generation: number): Promise<number> => {
      await sessions.rotate(attemptFor(session, { generation }));
      return direct.hstrlen(keyOf(session.subject), `s${session.id}`);
    };
    const first = await lengthAfter(0);
    for (let generation = 1; generation < 10_000; generation += 1) {
      await sessions.rotate(attemptFor(session, { generation }));
    }
    expect(await lengthAfter(10_000)).toBe(first + '10001'.length - '1'.length);
  });
});
