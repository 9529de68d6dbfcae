import assert from 'node:assert/strict';
import { maxGeneration, reauthenticated, type Session } from '../rotation/session.js';
import { createdFrom, type NewSession, type SessionStore } from '../stores/session-store.js';
import type { SeededRandom } from './seeded-random.js';
import {
  attemptFor,
  childRequest,
  createChild,
  createSession,
  newChild,
  newSession,
  requestFor,
  startAt,
} from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

export function describeSessionFamilies(access: StoreAccess): void {
  access.runner.describe('parents and children', () => {
    testChildren(access);
    testRefusals(access);
    testUse(access);
    testCascades(access);
    testOthers(access);
    testClients(access);
    testReauthentication(access);
  });
}

/** An SSO session, two children that end with it, and one that does not. */
async function family(sessions: SessionStore, random: SeededRandom, changes: Partial<NewSession> = {}) {
  const { session: parent } = await createSession(sessions, newSession(random, changes), 9, startAt);
  const web = await createChild(sessions, parent, newChild(random, parent, { clientId: 'web' }));
  const app = await createChild(sessions, parent, newChild(random, parent));
  const offline = await createChild(sessions, parent, newChild(random, parent, { offline: true }));
  return { parent, web, app, offline, endingIds: [web.id, app.id].sort() };
}

async function isEnded(sessions: SessionStore, { id }: Pick<Session, 'id'>): Promise<boolean> {
  return (await sessions.find(id))?.revokedAt !== null;
}

function testChildren({ runner: { test }, random, withStore }: StoreAccess): void {
  test('a child is created as it was given, and expires no later than its parent', () =>
    withStore(async ({ sessions }) => {
      const { session: parent } = await createSession(sessions, newSession(random), 9, startAt);
      const given = [
        newChild(random, parent, { expiresAt: startAt + 60 }),
        newChild(random, parent, { expiresAt: parent.expiresAt + 1e6, logoutOwed: true, resources: [] }),
        newChild(random, parent, { expiresAt: parent.expiresAt + 1e6, offline: true, thirdParty: false }),
      ];
      const ends = [startAt + 60, parent.expiresAt, parent.expiresAt + 1e6];
      for (const [index, child] of given.entries()) {
        const expected = createdFrom({ ...child, expiresAt: ends[index] as number }, 0);
        assert.deepEqual(await createChild(sessions, parent, child), expected);
        assert.deepEqual(await sessions.find(child.id), expected);
      }
      assert.deepEqual(await sessions.find(parent.id), parent);
      assert.equal((await sessions.list(parent.subject, startAt)).length, 4);
    }));

  test('creating the same child again gives its record as it stands, also when its parent has ended', () =>
    withStore(async ({ sessions }) => {
      const { session: parent } = await createSession(sessions, newSession(random), 9, startAt);
      const request = childRequest(sessions, parent, newChild(random, parent), { clientCounter: 0 });
      await sessions.create(request);
      await sessions.revokeClient(parent.subject, 'app', startAt + 1);
      await sessions.revokeSession(parent.id, null, startAt + 1);
      const session = await sessions.find(request.session.id);
      assert.equal(session?.revokedAt, startAt + 1);
      assert.deepEqual(await sessions.create(request), { outcome: 'repeated', session });
      const other = { ...request, session: { ...request.session, secretHash: random.text(32) } };
      assert.deepEqual(await sessions.create(other), { outcome: 'used', session });
    }));
}

function testRefusals({ runner: { test }, random, withStore }: StoreAccess): void {
  test('nothing is created under a parent that is gone, dead, somebody else’s or a client session itself', () =>
    withStore(async ({ sessions }) => {
      const changes = { idleSeconds: 50, expiresAt: startAt + 90 };
      const { session: parent } = await createSession(sessions, newSession(random, changes), 9, startAt);
      const refused = async (request: Parameters<SessionStore['create']>[0]): Promise<void> => {
        assert.deepEqual(await sessions.create(request), { outcome: 'parent-ended' });
        assert.equal(await sessions.find(request.session.id), null);
      };
      const child = newChild(random, parent);
      await refused(childRequest(sessions, parent, child, { now: startAt + 50 }));
      await refused(childRequest(sessions, parent, child, { witness: null }));
      await refused(childRequest(sessions, parent, child, { witness: sessions.witness(parent, parent.id) }));
      const hashed = { ...parent, secretHash: random.text(32) };
      await refused(childRequest(sessions, parent, child, { witness: sessions.witness(hashed, child.id) }));
      await refused(childRequest(sessions, parent, newChild(random, parent, { parentId: random.text(16) })));
      const { subject } = newSession(random);
      await refused(childRequest(sessions, parent, newChild(random, parent, { subject })));

      const created = await createChild(sessions, parent, child);
      await refused(childRequest(sessions, created, newChild(random, created)));
      const device = newSession(random, { subject: parent.subject, offline: true });
      const { session: alone } = await createSession(sessions, device, 9, startAt);
      await refused(childRequest(sessions, alone, newChild(random, alone)));
      const rotated = await sessions.rotate(attemptFor(parent, { now: startAt + 45 }));
      assert.equal(rotated.rotated, true);
      await refused(childRequest(sessions, parent, newChild(random, parent), { now: startAt + 90 }));
      await sessions.revokeSession(parent.id, null, startAt + 46);
      await refused(childRequest(sessions, parent, newChild(random, parent), { now: startAt + 46 }));

      const { session: other } = await createSession(sessions, newSession(random), 9, startAt);
      await sessions.revokeSubject(other.subject, startAt);
      await refused(childRequest(sessions, other, newChild(random, other)));
    }));

  test('a session whose code is older than the end of its grant is refused', () =>
    withStore(async ({ sessions }) => {
      const { session: parent } = await createSession(sessions, newSession(random), 9, startAt);
      const { subject } = parent;
      const before = await sessions.clientCounterOf(subject, 'app');
      assert.equal(before, 0);
      const { counter } = await sessions.revokeClient(subject, 'app', startAt);
      assert.equal(await sessions.clientCounterOf(subject, 'app'), counter);
      const create = async (clientId: string, clientCounter: number | null): Promise<string> => {
        const child = newChild(random, parent, { clientId });
        return (await sessions.create(childRequest(sessions, parent, child, { clientCounter }))).outcome;
      };
      assert.equal(await create('app', before), 'grant-ended');
      assert.equal(await create('app', counter - 1), 'grant-ended');
      assert.equal(await create('app', counter), 'created');
      assert.equal(await create('app', null), 'created');
      assert.equal(await create('web', before), 'created');
      const device = newSession(random, { subject, clientId: 'app', offline: true });
      const alone = await sessions.create(requestFor(device, { clientCounter: before }));
      assert.equal(alone.outcome, 'grant-ended');
      assert.equal(await sessions.clientCounterOf(random.text(8), 'app'), 0);
      // A counter that was forgotten does not come back to where a code may have seen it.
      const next = await sessions.revokeClient(subject, 'app', startAt);
      assert.ok(next.counter > counter && counter >= Math.floor(startAt));
    }));
}

function testUse({ runner: { test }, random, withStore }: StoreAccess): void {
  test('a code of the parent’s current token notes the parent as seen and used, which keeps it from idling', () =>
    withStore(async ({ sessions }) => {
      const given = newSession(random, { idleSeconds: 100 });
      const { session: parent } = await createSession(sessions, given, 9, startAt);
      const { session: moved } = await sessions.rotate(attemptFor(parent, { now: startAt + 10 }));
      assert.ok(moved);
      const create = (use: { generation: number; fork: number } | null, now: number) =>
        createChild(sessions, parent, newChild(random, parent), { use, now });
      for (const use of [null, { generation: 0, fork: 0 }, { generation: 1, fork: 1 }]) {
        await create(use, startAt + 20);
        assert.deepEqual(await sessions.find(parent.id), moved);
      }
      await create({ generation: 1, fork: 0 }, startAt + 30);
      const used = { ...moved, seen: true, usedAt: startAt + 30 };
      assert.deepEqual(await sessions.find(parent.id), used);
      const ids = async (now: number) => (await sessions.list(parent.subject, now)).map(({ id }) => id);
      assert.ok((await ids(startAt + 129.75)).includes(parent.id));
      assert.ok(!(await ids(startAt + 130)).includes(parent.id));
      const late = await sessions.rotate(attemptFor(moved, { now: startAt + 130 }));
      assert.deepEqual(late, { rotated: false, session: used });
      const inTime = await sessions.rotate(attemptFor(moved, { now: startAt + 129 }));
      assert.deepEqual([inTime.rotated, inTime.session?.usedAt], [true, startAt + 30]);
    }));
}

function testCascades({ runner: { test }, random, withStore }: StoreAccess): void {
  const ends: Readonly<
    Record<string, (sessions: SessionStore, parent: Session) => Promise<readonly string[]>>
  > = {
    revokeSession: async (sessions, { id }) =>
      (await sessions.revokeSession(id, null, startAt + 1))?.endedIds ?? [],
    'apply revoke-session': async (sessions, parent) =>
      (await sessions.apply(parent, { kind: 'revoke-session' }, startAt + 1)).endedIds,
    revokeOthers: async (sessions, { id, subject }) =>
      (await sessions.revokeOthers(subject, '', startAt + 1)).filter((ended) => ended !== id),
    'the limit': async (sessions, { id, subject }) => {
      const { endedIds } = await createSession(sessions, newSession(random, { subject }), 1, startAt + 1);
      return endedIds.filter((ended) => ended !== id);
    },
  };
  for (const [name, end] of Object.entries(ends)) {
    test(`${name} ends the children too, but for those that are offline, and the feed learns of each`, () =>
      withStore(async ({ sessions, revocations }) => {
        const { parent, web, app, offline, endingIds } = await family(sessions, random);
        const stranger = await family(sessions, random);
        assert.deepEqual([...(await end(sessions, parent))].sort(), endingIds);
        for (const session of [parent, web, app]) {
          assert.deepEqual(await sessions.find(session.id), { ...session, revokedAt: startAt + 1 });
        }
        assert.deepEqual(await sessions.find(offline.id), offline);
        assert.equal((await sessions.list(stranger.parent.subject, startAt)).length, 4);
        const { entries } = await revocations.read(null, 99);
        const told = entries.map((entry) => (entry.kind === 'session' ? entry.sessionId : entry.kind));
        assert.deepEqual(told.sort(), [parent.id, ...endingIds].sort());
      }));
  }

  test('an expired or idle parent can still be ended, and its children with it; expired children stay', () =>
    withStore(async ({ sessions }) => {
      const { session: parent } = await createSession(
        sessions,
        newSession(random, { idleSeconds: 100 }),
        9,
        startAt,
      );
      const alive = await createChild(sessions, parent, newChild(random, parent));
      const expired = await createChild(sessions, parent, newChild(random, parent, { idleSeconds: 100 }));
      const ended = await sessions.revokeSession(parent.id, null, startAt + 100);
      assert.deepEqual(ended, { session: { ...parent, revokedAt: startAt + 100 }, endedIds: [alive.id] });
      assert.deepEqual(await sessions.find(expired.id), expired);
    }));

  test('the end of a child ends nothing else', () =>
    withStore(async ({ sessions }) => {
      const { parent, web, app, offline } = await family(sessions, random);
      const ended = await sessions.revokeSession(web.id, null, startAt);
      assert.deepEqual(ended, { session: { ...web, revokedAt: startAt }, endedIds: [] });
      for (const session of [parent, app, offline]) {
        assert.deepEqual(await sessions.find(session.id), session);
      }
    }));
}

function testOthers({ runner: { test }, random, withStore }: StoreAccess): void {
  test('revokeOthers keeps a session and its children, and everything that is offline', () =>
    withStore(async ({ sessions }) => {
      const { parent, web, app, offline } = await family(sessions, random);
      const { subject } = parent;
      const elsewhere = await family(sessions, random, { subject });
      const device = newSession(random, { subject, offline: true });
      await createSession(sessions, device, 9, startAt);
      const ended = await sessions.revokeOthers(subject, parent.id, startAt + 1);
      assert.deepEqual([...ended].sort(), [elsewhere.parent.id, ...elsewhere.endingIds].sort());
      for (const session of [parent, web, app, offline, elsewhere.offline, device]) {
        assert.equal(await isEnded(sessions, session), false);
      }
    }));

  test('revokeOthers with a child to keep keeps its parent, and ends the others', () =>
    withStore(async ({ sessions }) => {
      const { parent, web, app, offline } = await family(sessions, random);
      assert.deepEqual(await sessions.revokeOthers(parent.subject, app.id, startAt + 1), [web.id]);
      for (const session of [parent, app, offline]) assert.equal(await isEnded(sessions, session), false);
    }));
}

function testClients({ runner: { test }, random, withStore }: StoreAccess): void {
  test('revokeClient ends the sessions of one client, offline ones too, and nothing else', () =>
    withStore(async ({ sessions, revocations }) => {
      const { parent, web, app, offline } = await family(sessions, random);
      const stranger = await family(sessions, random);
      const { endedIds } = await sessions.revokeClient(parent.subject, 'app', startAt + 1);
      assert.deepEqual([...endedIds].sort(), [app.id, offline.id].sort());
      for (const session of [app, offline]) {
        assert.deepEqual(await sessions.find(session.id), { ...session, revokedAt: startAt + 1 });
      }
      for (const session of [parent, web, stranger.app]) {
        assert.deepEqual(await sessions.find(session.id), session);
      }
      assert.equal((await revocations.read(null, 99)).entries.length, 2);
      const again = await sessions.revokeClient(parent.subject, 'app', startAt + 1);
      assert.deepEqual(again.endedIds, []);
    }));

  test('revokeClient ends the children of the sessions that it ends', () =>
    withStore(async ({ sessions }) => {
      const { parent, app, offline } = await family(sessions, random, { clientId: 'portal' });
      const { endedIds } = await sessions.revokeClient(parent.subject, 'portal', startAt + 1);
      assert.equal(endedIds.length, 3);
      assert.ok(endedIds.includes(parent.id) && endedIds.includes(app.id) && !endedIds.includes(offline.id));
    }));
}

function testReauthentication({ runner: { test }, random, withStore }: StoreAccess): void {
  const by = { authTime: startAt + 20, acr: null, amr: ['hwk', 'pin "4"'] } as const;
  test('reauthenticate moves the rotation and the floor, and keeps the id, the children and the rest', () =>
    withStore(async ({ sessions }) => {
      const { parent, web, app, offline } = await family(sessions, random);
      const result = await sessions.reauthenticate(parent, by, 'BwYFBAMCAQA', startAt + 21);
      const session = { ...parent, ...reauthenticated(parent, startAt + 21, 'BwYFBAMCAQA'), ...by };
      assert.deepEqual(result, { rotated: true, session });
      assert.deepEqual(await sessions.find(parent.id), session);
      for (const child of [web, app, offline]) assert.deepEqual(await sessions.find(child.id), child);
      const again = await sessions.reauthenticate(parent, { ...by, acr: 'low' }, null, startAt + 22);
      assert.deepEqual(again, { rotated: false, session });
      const next = await sessions.reauthenticate(session, { ...by, acr: 'low' }, null, startAt + 22);
      assert.deepEqual([next.rotated, next.session?.floor, next.session?.acr], [true, 2, 'low']);
    }));

  test('reauthenticate leaves a session alone that is over, or has no generation left', () =>
    withStore(async ({ sessions }) => {
      const refused = async (session: Session, now: number): Promise<void> => {
        const result = await sessions.reauthenticate(session, by, null, now);
        assert.deepEqual(result, { rotated: false, session: await sessions.find(session.id) });
        assert.notEqual(result.session?.authTime, by.authTime);
      };
      const create = async (): Promise<Session> =>
        (await createSession(sessions, newSession(random, { idleSeconds: 100 }), 9, startAt)).session;
      await refused(await create(), startAt + 100);
      const ended = await create();
      await sessions.revokeSession(ended.id, null, startAt);
      await refused(ended, startAt);
      const dead = await create();
      await sessions.revokeSubject(dead.subject, startAt);
      await refused(dead, startAt);
      const first = await create();
      const to = { generation: maxGeneration, fork: 0, previousFork: 0, rotatedAt: startAt, seen: false };
      const last = await sessions.apply(first, { kind: 'advance', to: { ...to, network: null } }, startAt);
      assert.equal(last.applied, true);
      await refused(last.session as Session, startAt + 1);
      const gone = createdFrom(newSession(random), 0);
      const unknown = await sessions.reauthenticate(gone, by, null, startAt);
      assert.deepEqual(unknown, { rotated: false, session: null });
    }));
}
