import assert from 'node:assert/strict';
import type { Session } from '../rotation/session.js';
import type { Store } from '../stores/store.js';
import { createSession, attemptFor, newSession, sessionIdFor, startAt } from './session-fixture.js';
import { createdFrom } from '../stores/session-store.js';
import type { StoreAccess } from './store-access.js';

export function describeSessionEnds(access: StoreAccess): void {
  access.runner.describe('ends and lists of sessions', () => {
    testSessionRevocation(access);
    testSubjectRevocation(access);
    testLists(access);
  });
}

function testSessionRevocation({ runner: { test }, random, withStore }: StoreAccess): void {
  test('revokeSession ends a session once, whatever its generation', () =>
    withStore(async ({ sessions }) => {
      const session = newSession(random);
      await createSession(sessions, session, 5, startAt);
      const { session: moved } = await sessions.rotate(attemptFor(session));
      const expected = { ...(moved as Session), revokedAt: startAt + 30 };
      const ended = await sessions.revokeSession(session.id, null, startAt + 30);
      assert.deepEqual(ended, { session: expected, endedIds: [] });
      assert.equal(await sessions.revokeSession(session.id, null, startAt + 31), null);
      assert.deepEqual(await sessions.find(session.id), expected);
    }));

  test('revokeSession with a secret hash ends only the session of that secret', () =>
    withStore(async ({ sessions }) => {
      const { session } = await createSession(sessions, newSession(random), 5, startAt);
      for (const wrong of [random.text(32), '', 'no base64url']) {
        assert.equal(await sessions.revokeSession(session.id, wrong, startAt), null);
      }
      assert.deepEqual(await sessions.find(session.id), session);
      const ended = await sessions.revokeSession(session.id, session.secretHash, startAt);
      assert.deepEqual(ended, { session: { ...session, revokedAt: startAt }, endedIds: [] });
      assert.equal(await sessions.revokeSession(random.text(16), null, startAt), null);
    }));

  test('an expired session can still be ended', () =>
    withStore(async ({ sessions }) => {
      const { session } = await createSession(sessions, newSession(random, { idleSeconds: 5 }), 5, startAt);
      const ended = await sessions.revokeSession(session.id, null, startAt + 6);
      assert.deepEqual(ended, { session: { ...session, revokedAt: startAt + 6 }, endedIds: [] });
    }));

  test('revokeOthers ends all but one, and names only those that it ended', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const own = [0, 1, 2, 3].map(() => newSession(random, { subject }));
      const foreign = newSession(random);
      for (const session of [...own, foreign]) await createSession(sessions, session, 9, startAt);
      const [keep, revoked, ...rest] = own.map(({ id }) => id);
      await sessions.revokeSession(revoked as string, null, startAt);
      const ended = await sessions.revokeOthers(subject, keep as string, startAt + 1);
      assert.deepEqual([...ended].sort(), [...rest].sort());
      assert.deepEqual(
        (await sessions.list(subject, startAt + 1)).map(({ id }) => id),
        [keep],
      );
      assert.deepEqual(await sessions.find(foreign.id), createdFrom(foreign, 0));
      assert.deepEqual(await sessions.revokeOthers(subject, keep as string, startAt + 2), []);
    }));
}

function testSubjectRevocation({ runner: { test }, random, withStore }: StoreAccess): void {
  test('revokeSubject ends every session created before it and none created after', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const old = [newSession(random, { subject }), newSession(random, { subject })];
      const foreign = newSession(random);
      for (const session of [...old, foreign]) await createSession(sessions, session, 5, startAt);
      const epoch = await sessions.revokeSubject(subject, startAt + 1);
      assert.equal(epoch, 1);
      assert.deepEqual(await sessions.list(subject, startAt + 1), []);
      for (const session of old) {
        const record = await sessions.find(session.id);
        assert.deepEqual([record?.epoch, record?.subjectEpoch], [0, 1]);
        assert.equal((await sessions.rotate(attemptFor(session))).rotated, false);
        assert.equal(await sessions.revokeSession(session.id, null, startAt + 2), null);
      }
      assert.deepEqual(await sessions.find(foreign.id), createdFrom(foreign, 0));

      const later = newSession(random, { subject });
      assert.deepEqual((await createSession(sessions, later, 5, startAt + 2)).session, createdFrom(later, 1));
      assert.equal((await sessions.rotate(attemptFor(later))).rotated, true);
      assert.equal(await sessions.revokeSubject(subject, startAt + 3), 2);
    }));

  test('revokeSubject counts for a subject that has no session', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      assert.equal(await sessions.revokeSubject(subject, startAt), 1);
      assert.equal(await sessions.revokeSubject(subject, startAt), 2);
      const session = newSession(random, { subject });
      assert.equal((await createSession(sessions, session, 5, startAt)).session.epoch, 2);
    }));

  test('epochOf is 0 at first, grows with each end of the subject, and stays through everything else', () =>
    withStore(async ({ sessions }) => {
      const [subject, other] = [random.text(8), random.text(8)];
      const epochs: number[] = [];
      const note = async (): Promise<unknown> => epochs.push(await sessions.epochOf(subject));
      await note();
      const { session } = await createSession(sessions, newSession(random, { subject }), 5, startAt);
      await note();
      await sessions.apply(session, { kind: 'revoke-subject' }, startAt);
      await note();
      await sessions.apply(session, { kind: 'revoke-subject' }, startAt);
      await note();
      await sessions.revokeSubject(subject, startAt);
      await note();
      const { session: later } = await createSession(sessions, newSession(random, { subject }), 5, startAt);
      await sessions.rotate(attemptFor(later));
      await sessions.revokeOthers(subject, later.id, startAt);
      await sessions.revokeSession(later.id, null, startAt);
      await note();
      assert.deepEqual(epochs, [0, 0, 1, 1, 2, 2]);
      assert.equal(later.epoch, 2);
      assert.equal(await sessions.epochOf(other), 0);
    }));
}

function testLists({ runner: { test }, random, withStore }: StoreAccess): void {
  test('list gives the live sessions, newest first, equal ages by id from the last', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const twins = [sessionIdFor(subject, random), sessionIdFor(subject, random)].sort();
      const given = [
        newSession(random, { subject, createdAt: startAt - 50 }),
        ...twins.map((id) => newSession(random, { id, subject, createdAt: startAt })),
        newSession(random, { subject, createdAt: startAt - 70 }),
      ];
      for (const session of given) await createSession(sessions, session, 9, startAt);
      const [first, second, third, fourth] = given.map(({ id }) => id);
      assert.deepEqual(await idsOf({ sessions }, subject, startAt), [third, second, first, fourth]);
    }));

  test('list leaves a session out from the instant of its end, and a rotation moves idleness', () =>
    withStore(async ({ sessions }) => {
      const session = newSession(random, { idleSeconds: 30, expiresAt: startAt + 45 });
      await createSession(sessions, session, 9, startAt);
      const seen = async (at: number): Promise<number> =>
        (await sessions.list(session.subject, startAt + at)).length;
      assert.deepEqual([await seen(29.75), await seen(30)], [1, 0]);
      await sessions.rotate(attemptFor(session, { now: startAt + 20 }));
      assert.deepEqual([await seen(30), await seen(44.75), await seen(45)], [1, 1, 0]);
    }));
}

async function idsOf({ sessions }: Pick<Store, 'sessions'>, subject: string, now: number): Promise<string[]> {
  return (await sessions.list(subject, now)).map(({ id }) => id);
}
