import assert from 'node:assert/strict';
import { endedRetentionSeconds } from '../stores/session-store.js';
import { eventRetentionSeconds } from '../stores/event-log.js';
import { createSession, attemptFor, newSession, startAt } from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

export function describeSweep(access: StoreAccess): void {
  access.runner.describe('sweep', () => {
    testRetention(access);
    testLimit(access);
    testLog(access);
  });
}

function testRetention({ runner: { test }, random, withStore }: StoreAccess): void {
  test('ended and expired sessions stay for the time of retention, then go', () =>
    withStore(async (store) => {
      const { sessions } = store;
      const endsAt = startAt + 100;
      const far = { expiresAt: startAt + 1e9, idleSeconds: 1e9 };
      const expired = newSession(random, { ...far, expiresAt: endsAt });
      const idle = newSession(random, { ...far, idleSeconds: 100 });
      const revoked = newSession(random, far);
      const behind = newSession(random, far);
      const alive = newSession(random, far);
      const all = [expired, idle, revoked, behind, alive];
      for (const session of all) await createSession(sessions, session, 9, startAt);
      await sessions.revokeSession(revoked.id, null, endsAt);
      await sessions.revokeSubject(behind.subject, endsAt);

      assert.equal(await store.sweep(endsAt + endedRetentionSeconds - 1, 100), 0);
      for (const { id } of all) assert.ok(await sessions.find(id));
      assert.equal(await store.sweep(endsAt + endedRetentionSeconds, 100), 4);
      assert.deepEqual(await Promise.all(all.slice(0, 4).map(({ id }) => sessions.find(id))), [
        null,
        null,
        null,
        null,
      ]);
      assert.ok(await sessions.find(alive.id));
      assert.deepEqual(await sessions.list(revoked.subject, endsAt), []);
    }));

  test('a rotation keeps a session from being swept as idle', () =>
    withStore(async (store) => {
      const { sessions } = store;
      const session = newSession(random, { idleSeconds: 100, expiresAt: startAt + 1e9 });
      await createSession(sessions, session, 9, startAt);
      await sessions.rotate(attemptFor(session, { now: startAt + 50 }));
      assert.equal(await store.sweep(startAt + 149 + endedRetentionSeconds, 100), 0);
      assert.equal(await store.sweep(startAt + 150 + endedRetentionSeconds, 100), 1);
    }));

  test('the epoch outlives a sweep as long as one session of the subject is kept', () =>
    withStore(async (store) => {
      const { sessions } = store;
      const far = { expiresAt: startAt + 1e9, idleSeconds: 1e9 };
      const session = newSession(random, far);
      await sessions.revokeSubject(session.subject, startAt);
      await createSession(sessions, session, 9, startAt);
      await store.sweep(startAt + 10 * endedRetentionSeconds, 100);
      assert.equal((await sessions.find(session.id))?.subjectEpoch, 1);
      assert.equal(await sessions.revokeSubject(session.subject, startAt), 2);
      assert.equal((await sessions.rotate(attemptFor(session))).rotated, false);
    }));
}

function testLimit({ runner: { test }, random, withStore }: StoreAccess): void {
  test('no call deletes more than its limit, and repeated calls come to an end', () =>
    withStore(async (store) => {
      const { sessions, events } = store;
      for (let index = 0; index < 10; index += 1) {
        await createSession(sessions, newSession(random), 9, startAt);
        await events.append([{ at: startAt, subject: null, sessionId: null, body: '{}' }]);
      }
      const later = startAt + 1e9;
      const swept: number[] = [];
      for (let call = 0; call < 8; call += 1) swept.push(await store.sweep(later, 4));
      assert.ok(
        swept.every((count) => count <= 8),
        swept.join(),
      );
      assert.equal(
        swept.reduce((sum, count) => sum + count),
        20,
      );
    }));
}

function testLog({ runner: { test }, withStore }: StoreAccess): void {
  test('old log entries go, and cursors are never given twice', () =>
    withStore(async (store) => {
      const { events } = store;
      const entry = { at: startAt, subject: null, sessionId: null, body: '{}' };
      await events.append([entry, entry]);
      const [, last] = await events.tail(2);
      assert.equal(await store.sweep(startAt + eventRetentionSeconds - 1, 100), 0);
      assert.equal(await store.sweep(startAt + eventRetentionSeconds, 100), 2);
      await events.append([{ ...entry, body: '"new"' }]);
      const read = await events.read({ after: last?.cursor ?? null, limit: 9 });
      assert.deepEqual(
        read.map(({ body }) => body),
        ['"new"'],
      );
    }));
}
