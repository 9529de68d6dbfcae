import assert from 'node:assert/strict';
import type { Session } from '../rotation/session.js';
import { maxEnded, maxOwed, owedSeconds } from '../stores/session-family.js';
import type { NewSession } from '../stores/session-store.js';
import { countFound, endedLogins } from './ended-sessions.js';
import { forEach } from './for-each.js';
import { createChild, createSession, newChild, newSession, startAt } from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

export function describeOwedLogouts(access: StoreAccess): void {
  access.runner.describe('logouts that are owed', () => {
    testOwedLogouts(access);
    testOwedAtEnds(access);
  });
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

  test('a session whose hour is over is one of those that ended, and goes with the earliest of them', () =>
    withStore(async ({ sessions }) => {
      const owing = newSession(random, { logoutOwed: true });
      const { subject } = owing;
      await createSession(sessions, owing, 9, startAt);
      await sessions.revokeSession(owing.id, null, startAt);
      const before = await endedLogins(sessions, random, subject, maxEnded, startAt + 1);
      assert.equal(await countFound(sessions, [owing.id, ...before]), maxEnded + 1);
      const over = startAt + owedSeconds;
      const last = await endedLogins(sessions, random, subject, 1, over - 0.25);
      assert.equal(await countFound(sessions, [owing.id, ...last]), 2);
      const later = await endedLogins(sessions, random, subject, 1, over);
      assert.equal(await countFound(sessions, [owing.id]), 0);
      assert.equal(await countFound(sessions, [...before, ...last, ...later]), maxEnded);
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
