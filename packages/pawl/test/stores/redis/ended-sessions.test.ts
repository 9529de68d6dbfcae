import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { redisPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import { maxEnded } from '../../../src/stores/session-family.js';
import { endedRetentionSeconds } from '../../../src/stores/index.js';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { placeOfSubject } from '../../../src/stores/subject-tag.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import {
  childRequest,
  createChild,
  createSession,
  limitsOf,
  newChild,
  newSession,
  startAt,
} from '../../../src/testing/session-fixture.js';

const random = createSeededRandom(11);
const { host, port, database, prefix } = await redisPlace();
const direct = new Redis({ host, port, db: database });
const store = await openRedisStore({ client: direct, prefix, deadlineSeconds: 30 });
const { sessions } = store;

const subject = 'dave';
const key = `${prefix}3:{${placeOfSubject(subject)}}`;

beforeEach(async () => {
  await direct.flushdb();
});

afterAll(() => {
  direct.disconnect();
});

async function live(): Promise<readonly string[]> {
  return ((await direct.hget(key, 'l')) ?? '').split(' ').filter((id) => id !== '');
}

/** The ids in a list whose entries have an instant. */
async function idsIn(list: 'r' | 'w' | 'o'): Promise<readonly string[]> {
  const words = ((await direct.hget(key, list)) ?? '').split(' ').filter((word) => word !== '');
  return words.filter((_, index) => index % 2 === 1);
}

async function logIn(now: number, changes: object = {}) {
  const added = newSession(random, { subject, createdAt: now, ...changes });
  return (await createSession(sessions, added, 9, now)).session;
}

describe('a session that ended', () => {
  test('leaves the list of those that live, its data go, and its record stays', async () => {
    const [kept, ended] = [await logIn(startAt), await logIn(startAt)];
    for (const { id } of [kept, ended]) await store.data.write(id, 0, 'text', startAt);
    await sessions.revokeSession(ended.id, null, startAt + 1);
    expect(await live()).toEqual([kept.id]);
    expect(await idsIn('o')).toEqual([ended.id]);
    expect((await direct.hkeys(key)).sort()).toEqual(
      [`s${kept.id}`, `d${kept.id}`, `s${ended.id}`, 'l', 'o'].sort(),
    );
    expect(await sessions.find(ended.id)).toEqual({ ...ended, revokedAt: startAt + 1 });
  });

  test('is in the list of its reason until that is over, and the earliest end stands first', async () => {
    const parent = await logIn(startAt);
    const child = await createChild(
      sessions,
      parent,
      newChild(random, parent, { logoutOwed: true, offline: true }),
    );
    await sessions.revokeSession(child.id, null, startAt + 1);
    expect([await idsIn('r'), await idsIn('w'), await idsIn('o')]).toEqual([[child.id], [child.id], []]);
    const others = [await logIn(startAt), await logIn(startAt + 2)];
    for (const [index, { id }] of others.entries())
      await sessions.revokeSession(id, null, startAt + 2 * index);
    await logIn(startAt + 121);
    expect([await idsIn('r'), await idsIn('w')]).toEqual([[], [child.id]]);
    await sessions.clearLogoutOwed(child.id, startAt + 121);
    expect(await idsIn('w')).toEqual([]);
    expect(await idsIn('o')).toEqual([others[0]?.id, child.id, others[1]?.id]);
  });

  test('leaves nothing behind when it is one too many, or is swept', async () => {
    const fields = async (): Promise<number> => direct.hlen(key);
    const alive = await logIn(startAt, { expiresAt: startAt + 1e9, idleSeconds: 1e9 });
    for (let index = 0; index < maxEnded + 5; index += 1) {
      const { id } = await logIn(startAt + index);
      await sessions.revokeSession(id, null, startAt + index);
    }
    expect((await idsIn('o')).length).toBe(maxEnded);
    expect(await fields()).toBe(maxEnded + ['l', 'o', alive].length);
    expect(await store.sweep(startAt + maxEnded + 5 + endedRetentionSeconds, 1000)).toBe(maxEnded);
    expect((await direct.hkeys(key)).sort()).toEqual(['l', `s${alive.id}`]);
  });

  test('costs those that live nothing: no step reads its record', async () => {
    const [parent, ended] = [await logIn(startAt), await logIn(startAt)];
    await sessions.revokeSession(ended.id, null, startAt);
    await direct.hset(key, `s${ended.id}`, 'no record');
    await logIn(startAt);
    await sessions.create(childRequest(sessions, parent, newChild(random, parent), { limits: limitsOf(1) }));
    await sessions.list(subject, startAt);
    await sessions.revokeClient(subject, 'app', startAt);
    await sessions.revokeOthers(subject, parent.id, startAt);
    await sessions.logoutsOwed(subject, startAt);
    await sessions.revokeSession(parent.id, null, startAt);
    expect(await live()).toEqual([]);
  });
});

describe('commands', () => {
  test('each step takes as many as this table says', async () => {
    const sent: string[] = [];
    const counting = direct.duplicate();
    const call = counting.call.bind(counting) as (...args: unknown[]) => Promise<unknown>;
    Reflect.set(counting, 'call', (...args: unknown[]) => {
      sent.push(String(args[0]));
      return call(...args);
    });
    const counted = await openRedisStore({ client: counting, prefix, deadlineSeconds: 30 });
    const { session: parent } = await createSession(
      counted.sessions,
      newSession(random, { subject }),
      9,
      startAt,
    );
    const by = { authTime: startAt, amr: [], acr: null };
    const full = newSession(random, { subject });
    const table: readonly (readonly [number, () => Promise<unknown>])[] = [
      [1, () => createSession(counted.sessions, newSession(random, { subject }), 9, startAt)],
      [1, () => createChild(counted.sessions, parent, newChild(random, parent))],
      // Tried, announced, done and published.
      [4, () => createSession(counted.sessions, full, 1, startAt)],
      [1, () => counted.sessions.rotate({ ...attempt(full), now: startAt + 20 })],
      [1, () => counted.sessions.rotate(attempt(newSession(random, { subject })))],
      [1, () => counted.sessions.find(full.id)],
      [1, () => counted.sessions.find(parent.id)],
      [1, () => counted.sessions.list(subject, startAt)],
      [1, () => counted.sessions.epochOf(subject)],
      [1, () => counted.sessions.clientCounterOf(subject, 'app')],
      [1, () => counted.sessions.logoutsOwed(subject, startAt)],
      [1, () => counted.sessions.clearLogoutOwed(parent.id, startAt)],
      [1, () => counted.sessions.reauthenticate(parent, by, null, startAt)],
      [1, () => counted.sessions.apply(parent, { kind: 'advance', to: parent }, startAt)],
      [3, () => counted.sessions.apply(parent, { kind: 'revoke-session' }, startAt)],
      [3, () => counted.sessions.revokeClient(subject, 'app', startAt)],
      [3, () => counted.sessions.revokeOthers(subject, '', startAt)],
      [3, () => counted.sessions.revokeSession(full.id, null, startAt)],
      [3, () => counted.sessions.revokeSubject(subject, startAt)],
    ];
    // Each script is known to the server from its first time on.
    for (const [, step] of table) await step();
    await direct.flushdb();
    await createSession(counted.sessions, parent, 9, startAt);
    for (const [commands, step] of table) {
      sent.length = 0;
      await step();
      expect(sent.length, step.toString()).toBe(commands);
    }
    counting.disconnect();
  });
});

function attempt(session: ReturnType<typeof newSession>) {
  const { id: sessionId, secretHash, clientId, binding: proof } = session;
  return { sessionId, secretHash, clientId, proof, generation: 0, fork: 0, network: null, now: startAt };
}
