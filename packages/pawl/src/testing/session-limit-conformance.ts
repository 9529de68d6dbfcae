import assert from 'node:assert/strict';
import type { Session } from '../rotation/session.js';
import { endedChildSeconds, maxEnded } from '../stores/session-family.js';
import { endedRetentionSeconds, type NewSession, type SessionStore } from '../stores/session-store.js';
import { countFound, endedLogins } from './ended-sessions.js';
import { forEach } from './for-each.js';
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
import type { StoreAccess } from './store-access.js';

export function describeSessionLimits(access: StoreAccess): void {
  access.runner.describe('limits, and sessions that have ended', () => {
    testUseDecides(access);
    testClientLimits(access);
    testEndedRecords(access);
    testEndedChildren(access);
    testSweep(access);
  });
}

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
