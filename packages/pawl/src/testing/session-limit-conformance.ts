import assert from 'node:assert/strict';
import type { Session } from '../rotation/session.js';
import { endedChildSeconds, maxEnded, maxOwed, owedSeconds } from '../stores/session-family.js';
import { endedRetentionSeconds, type NewSession, type SessionStore } from '../stores/session-store.js';
import type { SeededRandom } from './seeded-random.js';
import {
  attemptFor,
  childRequest,
  createChild,
  createSession,
  limitsOf,
  newChild,
  newSession,
  requestFor,
  sessionIdFor,
  startAt,
} from './session-fixture.js';
import type { StoreAccess } from './store-conformance.js';

export function describeSessionLimits(access: StoreAccess): void {
  access.runner.describe('limits, and sessions that have ended', () => {
    testUseDecides(access);
    testClientLimits(access);
    testEndedRecords(access);
    testEndedChildren(access);
    testOwedLogouts(access);
    testOwedAtEnds(access);
    testSweep(access);
  });
}

/** Few enough that none waits for the deadline of a store. */
const stepsAtOnce = 20;

async function expectEnded(
  sessions: SessionStore,
  added: NewSession,
  limits: Partial<ReturnType<typeof limitsOf>>,
  expected: readonly Pick<Session, 'id'>[],
): Promise<void> {
  const parent = added.parentId === null ? null : await sessions.find(added.parentId);
  const witness = parent === null ? null : sessions.witness(parent, added.id);
  const now = startAt + 100;
  const result = await sessions.create({
    ...requestFor(added, { witness, now }),
    limits: { ...limitsOf(99), ...limits },
  });
  assert.equal(result.outcome, 'created');
  assert.deepEqual([...result.endedIds].sort(), expected.map(({ id }) => id).sort());
  for (const { id } of expected) assert.equal((await sessions.find(id))?.revokedAt, now);
}

function testUseDecides({ runner: { test }, random, withStore }: StoreAccess): void {
  test('when there are too many, those end that were out of use the longest, whatever their age', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const create = async (age: number): Promise<Session> => {
        const session = newSession(random, { subject, createdAt: startAt - age });
        return (await createSession(sessions, session, 9, startAt)).session;
      };
      const [refreshed, used, quiet, young] = [
        await create(500),
        await create(400),
        await create(300),
        await create(10),
      ];
      await sessions.rotate(attemptFor(refreshed, { now: startAt + 20 }));
      const use = { generation: 0, fork: 0 };
      const child = await createChild(sessions, used, newChild(random, used), { use, now: startAt + 30 });
      await expectEnded(
        sessions,
        newSession(random, { subject, createdAt: startAt - 999 }),
        { sessions: 4 },
        [quiet],
      );
      await expectEnded(sessions, newSession(random, { subject, createdAt: startAt + 50 }), { sessions: 2 }, [
        young,
        refreshed,
        { id: (await sessions.list(subject, startAt)).at(-1)?.id ?? '' },
      ]);
      assert.equal((await sessions.find(child.id))?.revokedAt, null);
    }));

  test('equal ones end in the order of their ids', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const ids = Array.from({ length: 4 }, () => sessionIdFor(subject, random)).sort();
      for (const id of [...ids].reverse()) {
        await createSession(sessions, newSession(random, { id, subject }), 9, startAt);
      }
      const expected = ids.slice(0, 2).map((id) => ({ id }));
      await expectEnded(sessions, newSession(random, { subject }), { sessions: 3 }, expected);
    }));
}

function testClientLimits({ runner: { test }, random, withStore }: StoreAccess): void {
  const children = async (sessions: SessionStore, parent: Session, given: readonly Partial<NewSession>[]) => {
    const created: Session[] = [];
    for (const [index, changes] of given.entries()) {
      const child = newChild(random, parent, { createdAt: startAt + index, ...changes });
      created.push(await createChild(sessions, parent, child));
    }
    return created;
  };

  test('sessions of one client have a limit of their own', () =>
    withStore(async ({ sessions }) => {
      const { session: parent } = await createSession(sessions, newSession(random), 9, startAt);
      const [first, other, second] = await children(sessions, parent, [
        {},
        { clientId: 'other' },
        { offline: true },
      ]);
      const late = { createdAt: startAt + 50 };
      const device = newSession(random, { ...late, subject: parent.subject, clientId: 'app', offline: true });
      await expectEnded(sessions, device, { perClient: 2 }, [first as Session]);
      await expectEnded(sessions, newChild(random, parent), { perClient: 2 }, [second as Session]);
      await expectEnded(sessions, newChild(random, parent, { clientId: 'new' }), { perClient: 1 }, []);
      assert.equal((await sessions.find((other as Session).id))?.revokedAt, null);
      assert.deepEqual(await sessions.find(parent.id), parent);
    }));

  test('client sessions have a limit together, and those of third parties end first', () =>
    withStore(async ({ sessions }) => {
      const { session: parent } = await createSession(sessions, newSession(random), 9, startAt);
      const [own, first, second, third] = await children(sessions, parent, [
        { clientId: 'own', thirdParty: false },
        { clientId: 'a' },
        { clientId: 'b' },
        { clientId: 'c' },
      ]);
      const added = newChild(random, parent, { clientId: 'own', thirdParty: false, createdAt: startAt + 50 });
      await expectEnded(sessions, added, { clientSessions: 3 }, [first as Session, second as Session]);
      const next = newChild(random, parent, { clientId: 'own', thirdParty: false });
      await expectEnded(sessions, next, { clientSessions: 2 }, [third as Session, own as Session]);
    }));

  test('a login counts no client sessions, and a client session counts no logins', () =>
    withStore(async ({ sessions }) => {
      const { session: parent } = await createSession(sessions, newSession(random), 9, startAt);
      const { subject } = parent;
      const [child] = await children(sessions, parent, [{}]);
      await expectEnded(sessions, newSession(random, { subject }), { sessions: 2 }, []);
      const only = { perClient: 9, clientSessions: 1 };
      await expectEnded(sessions, newChild(random, parent), only, [child as Session]);
    }));
}

/** Runs a step for each number, some at once. */
async function forEach(count: number, step: (index: number) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < count; start += stepsAtOnce) {
    const some = Array.from({ length: Math.min(stepsAtOnce, count - start) }, (_, index) => start + index);
    await Promise.all(some.map(step));
  }
}

/** Sessions of a subject that have ended, one a second. */
async function endedLogins(
  sessions: SessionStore,
  random: SeededRandom,
  subject: string,
  count: number,
  from = startAt,
): Promise<readonly string[]> {
  const added = Array.from({ length: count }, () => newSession(random, { subject, createdAt: from }));
  await forEach(count, (index) => createSession(sessions, added[index] as NewSession, 999, from));
  for (const [index, { id }] of added.entries()) await sessions.revokeSession(id, null, from + index);
  return added.map(({ id }) => id);
}

async function countFound(sessions: SessionStore, ids: readonly string[]): Promise<number> {
  const found = await Promise.all(ids.map((id) => sessions.find(id)));
  return found.filter((session) => session !== null).length;
}

function testEndedRecords({ runner: { test }, random, withStore }: StoreAccess): void {
  test('of the sessions of a subject that have ended only the last are kept', () =>
    withStore(async ({ sessions }) => {
      const { session: alive } = await createSession(sessions, newSession(random), 9, startAt);
      const ids = await endedLogins(sessions, random, alive.subject, maxEnded + 30);
      assert.equal(await countFound(sessions, ids), maxEnded);
      assert.equal(await countFound(sessions, ids.slice(30)), maxEnded);
      assert.deepEqual(await sessions.find(alive.id), alive);
      assert.equal((await sessions.list(alive.subject, startAt)).length, 1);
    }));

  test('sessions that expired, or that the epoch left behind, count among those that ended', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const ids: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        const now = startAt + 1000 * round;
        await forEach(maxEnded / 2, async () => {
          const changes = round === 0 ? { expiresAt: now + 1 } : {};
          const session = newSession(random, { subject, createdAt: now, ...changes });
          ids.push(session.id);
          await createSession(sessions, session, 999, now);
        });
        if (round === 1) await sessions.revokeSubject(subject, now + 1);
        if (round === 2) await sessions.revokeOthers(subject, '', now + 1);
      }
      await createSession(sessions, newSession(random, { subject }), 9, startAt + 3000);
      await endedLogins(sessions, random, subject, 1, startAt + 3000);
      assert.ok((await countFound(sessions, ids)) <= maxEnded);
      assert.equal(await countFound(sessions, ids.slice(-maxEnded / 2)), maxEnded / 2);
    }));
}

function testEndedChildren({ runner: { test }, random, withStore }: StoreAccess): void {
  test('a child that ended is kept as long as its code may come again, and then there is no room for more', () =>
    withStore(async ({ sessions }) => {
      const { session: parent } = await createSession(sessions, newSession(random), 9, startAt);
      const children = Array.from({ length: maxEnded }, () => newChild(random, parent));
      await forEach(maxEnded, async (index) => {
        const child = children[index] as NewSession;
        await createChild(sessions, parent, child);
        await sessions.revokeSession(child.id, null, startAt);
      });
      await endedLogins(sessions, random, parent.subject, 60);
      const now = startAt + 60;
      assert.equal(
        await countFound(
          sessions,
          children.map(({ id }) => id),
        ),
        maxEnded,
      );
      const first = { ...(children[0] as NewSession), secretHash: random.text(32) };
      const again = await sessions.create(childRequest(sessions, parent, first, { now }));
      assert.equal(again.outcome, 'used');
      const create = async (at: number): Promise<string> =>
        (await sessions.create(childRequest(sessions, parent, newChild(random, parent), { now: at })))
          .outcome;
      assert.equal(await create(now), 'crowded');
      assert.equal(await create(startAt + endedChildSeconds - 0.25), 'crowded');
      const login = newSession(random, { subject: parent.subject });
      await createSession(sessions, login, 9, now);
      const device = newSession(random, { subject: parent.subject, offline: true });
      await createSession(sessions, device, 9, now);
      assert.equal(await create(startAt + endedChildSeconds), 'created');
    }));
}

function testOwedLogouts({ runner: { test }, random, withStore }: StoreAccess): void {
  test('a session whose client has to be told is kept beside those that ended, until it is cleared', () =>
    withStore(async ({ sessions }) => {
      const { session: parent } = await createSession(sessions, newSession(random), 9, startAt);
      const { subject } = parent;
      const owing = newSession(random, { subject, logoutOwed: true, offline: true });
      await createSession(sessions, owing, 9, startAt);
      assert.equal(await sessions.clearLogoutOwed(owing.id, startAt), false);
      assert.deepEqual(await sessions.logoutsOwed(subject, startAt), []);
      const ended = await sessions.revokeSession(owing.id, null, startAt);
      const ids = await endedLogins(sessions, random, subject, maxEnded + 1);
      const now = startAt + maxEnded + 1;
      assert.equal(await countFound(sessions, ids), maxEnded);
      assert.deepEqual(await sessions.find(owing.id), ended?.session);
      assert.deepEqual(await sessions.logoutsOwed(subject, now), [ended?.session]);
      assert.equal(await sessions.clearLogoutOwed(owing.id, now), true);
      assert.equal(await sessions.clearLogoutOwed(owing.id, now), false);
      assert.equal(await sessions.clearLogoutOwed(random.text(16), now), false);
      assert.deepEqual(await sessions.logoutsOwed(subject, now), []);
      assert.deepEqual(await sessions.find(owing.id), {
        ...(ended?.session as Session),
        logoutOwed: false,
      });
      const last = await endedLogins(sessions, random, subject, 1, now);
      assert.equal(await countFound(sessions, [...last, owing.id]), 1);
    }));

  test('logouts are owed for an hour, and at most so many of one subject', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const added = Array.from({ length: maxOwed + 5 }, () =>
        newSession(random, { subject, logoutOwed: true }),
      );
      const ids = added.map(({ id }) => id);
      await forEach(added.length, async (index) => {
        const session = added[index] as NewSession;
        await createSession(sessions, session, 999, startAt);
        await sessions.revokeSession(session.id, null, startAt + index);
      });
      const owed = async (now: number): Promise<readonly string[]> =>
        (await sessions.logoutsOwed(subject, now)).map(({ id }) => id).sort();
      const now = startAt + maxOwed + 5;
      assert.deepEqual(await owed(now), ids.slice(5).sort());
      assert.equal(await countFound(sessions, ids), maxOwed + 5);
      const lastEnd = startAt + maxOwed + 4;
      assert.equal((await owed(lastEnd + owedSeconds - 0.25)).length, 1);
      assert.deepEqual(await owed(lastEnd + owedSeconds), []);
    }));
}

function testOwedAtEnds({ runner: { test }, random, withStore }: StoreAccess): void {
  test('a logout is owed after every kind of end, and not by a session that had expired', () =>
    withStore(async ({ sessions }) => {
      const owed = { logoutOwed: true };
      const { session: parent } = await createSession(sessions, newSession(random), 9, startAt);
      const { subject } = parent;
      const child = await createChild(sessions, parent, newChild(random, parent, owed));
      const offline = await createChild(
        sessions,
        parent,
        newChild(random, parent, { ...owed, offline: true, clientId: 'other' }),
      );
      const idle = await createChild(
        sessions,
        parent,
        newChild(random, parent, { ...owed, idleSeconds: 10, clientId: 'third' }),
      );
      const unowed = await createChild(sessions, parent, newChild(random, parent, { clientId: 'fourth' }));
      const ids = async (): Promise<readonly string[]> =>
        (await sessions.logoutsOwed(subject, startAt + 20)).map(({ id }) => id).sort();
      await sessions.revokeSession(idle.id, null, startAt + 10);
      assert.deepEqual(await ids(), []);
      await sessions.revokeSession(parent.id, null, startAt + 11);
      assert.deepEqual(await ids(), [child.id]);
      await sessions.revokeClient(subject, 'other', startAt + 12);
      assert.deepEqual(await ids(), [child.id, offline.id].sort());
      assert.ok(!(await ids()).includes(unowed.id));
    }));

  test('the end of a subject owes the logouts of all its sessions, also when it has logged in again', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const given = [
        newSession(random, { subject, logoutOwed: true }),
        newSession(random, { subject, logoutOwed: true, idleSeconds: 5 }),
        newSession(random, { subject }),
      ];
      for (const session of given) await createSession(sessions, session, 9, startAt);
      await sessions.revokeSubject(subject, startAt + 6);
      const expected = [given[0]?.id];
      const owed = async (now: number) => (await sessions.logoutsOwed(subject, now)).map(({ id }) => id);
      assert.deepEqual(await owed(startAt + 7), expected);
      await createSession(sessions, newSession(random, { subject, logoutOwed: true }), 9, startAt + 7);
      assert.deepEqual(await owed(startAt + 7), expected);
      assert.deepEqual(await owed(startAt + 6 + owedSeconds), []);
      assert.equal(await sessions.clearLogoutOwed(given[0]?.id ?? '', startAt + 8), true);
      assert.deepEqual(await owed(startAt + 8), []);
    }));
}

function testSweep({ runner: { test }, random, withStore }: StoreAccess): void {
  test('a parent is not swept while a child lives that ends with it', () =>
    withStore(async (store) => {
      const { sessions } = store;
      const changes = { idleSeconds: 100, expiresAt: startAt + 30 * endedRetentionSeconds };
      const { session: parent } = await createSession(sessions, newSession(random, changes), 9, startAt);
      const lasting = { idleSeconds: 5 * endedRetentionSeconds, expiresAt: changes.expiresAt };
      const child = await createChild(sessions, parent, newChild(random, parent, lasting));
      const later = startAt + 3 * endedRetentionSeconds;
      assert.equal(await store.sweep(later, 100), 0);
      // A login puts away what expired.
      await createSession(sessions, newSession(random, { subject: parent.subject }), 1, later);
      assert.deepEqual(await sessions.find(parent.id), parent);
      const ended = await sessions.revokeSession(parent.id, null, later);
      assert.deepEqual(ended?.endedIds, [child.id]);
      assert.ok((await store.sweep(later + endedRetentionSeconds, 100)) >= 2);
      assert.equal(await countFound(sessions, [parent.id, child.id]), 0);
    }));
}
