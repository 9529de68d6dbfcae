import assert from 'node:assert/strict';
import { type Binding, unbound } from '../rotation/binding.js';
import { initialRotation, type RotationState, rotated, type Session } from '../rotation/session.js';
import type { Store, StoreChange } from '../stores/store.js';
import {
  attemptFor,
  createdFrom,
  everyBinding,
  everyPolicy,
  newSession,
  sessionIdFor,
  startAt,
} from './session-fixture.js';
import type { StoreAccess } from './store-conformance.js';

export function describeSessions(access: StoreAccess): void {
  access.runner.describe('sessions', () => {
    testCreation(access);
    testFixedMembers(access);
    testApply(access);
    testBinding(access);
    testSessionRevocation(access);
    testSubjectRevocation(access);
    testLists(access);
  });
}

function testCreation({ runner: { test }, random, withStore }: StoreAccess): void {
  test('a created session is found as it was given, at generation 0', () =>
    withStore(async ({ sessions }) => {
      const session = newSession(random, { acr: null, device: null });
      const created = await sessions.create(session, 5, startAt);
      assert.deepEqual(created, { session: createdFrom(session, 0), endedIds: [] });
      assert.deepEqual(await sessions.find(session.id), createdFrom(session, 0));
    }));

  test('an unknown id is not found', () =>
    withStore(async ({ sessions }) => {
      for (const id of [random.text(16), '', 'no base64url', 'AB'])
        assert.equal(await sessions.find(id), null);
    }));

  test('creating the same session again changes nothing and gives the record', () =>
    withStore(async ({ sessions }) => {
      const session = newSession(random);
      await sessions.create(session, 1, startAt);
      const { session: moved } = await sessions.rotate(attemptFor(session));
      const again = await sessions.create(session, 1, startAt + 30);
      assert.deepEqual(again, { session: moved, endedIds: [] });
    }));

  test('another session with the id of an existing one is refused', () =>
    withStore(async ({ sessions }) => {
      const session = newSession(random);
      await sessions.create(session, 5, startAt);
      await assert.rejects(sessions.create({ ...session, secretHash: random.text(32) }, 5, startAt));
      assert.deepEqual(await sessions.find(session.id), createdFrom(session, 0));
    }));

  test('the oldest sessions end when there are too many, by creation and then by id', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const ids = Array.from({ length: 3 }, () => sessionIdFor(subject, random)).sort();
      const [first = '', second = '', third = ''] = ids;
      for (const [id, age] of [
        [third, 0],
        [second, 5],
        [first, 5],
      ] as const) {
        await sessions.create(newSession(random, { id, subject, createdAt: startAt - age }), 3, startAt);
      }
      const newest = newSession(random, { subject, createdAt: startAt - 100 });
      const created = await sessions.create(newest, 2, startAt);
      assert.deepEqual(created.endedIds, [first, second]);
      assert.deepEqual(
        (await sessions.list(subject, startAt)).map(({ id }) => id),
        [third, newest.id],
      );
      assert.equal((await sessions.find(first))?.revokedAt, startAt);
    }));

  test('dead sessions do not count against the limit', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const [expired, idle, revoked, alive] = [
        newSession(random, { subject, expiresAt: startAt + 10 }),
        newSession(random, { subject, idleSeconds: 10 }),
        newSession(random, { subject }),
        newSession(random, { subject }),
      ];
      for (const session of [expired, idle, revoked, alive]) await sessions.create(session, 9, startAt);
      await sessions.revokeSession(revoked.id, null, startAt);
      const created = await sessions.create(newSession(random, { subject }), 2, startAt + 10);
      assert.deepEqual(created.endedIds, []);
    }));
}

function testFixedMembers({ runner: { test }, random, withStore }: StoreAccess): void {
  test('policies and bindings of each kind stay as they were given, whatever changes the session', () =>
    withStore(async ({ sessions }) => {
      const bindings = everyBinding(random.text(32));
      for (const policy of everyPolicy) {
        const session = newSession(random, { policy, binding: random.pick(bindings) });
        const { session: created } = await sessions.create(session, 5, startAt);
        assert.deepEqual(created, createdFrom(session, 0));
        assert.deepEqual(await sessions.find(session.id), created);
        const attempt = attemptFor(session);
        const { session: moved } = await sessions.rotate(attempt);
        assert.ok(moved);
        assert.deepEqual(moved, { ...created, ...rotated(created, attempt.now, attempt.network) });
        const to = { ...initialRotation, seen: true };
        const { session: applied } = await sessions.apply(moved, { kind: 'advance', to }, startAt);
        assert.deepEqual(applied, { ...created, ...to });
        assert.deepEqual(await sessions.list(session.subject, startAt), [applied]);
        const ended = await sessions.revokeSession(session.id, null, startAt);
        assert.deepEqual(ended, { ...created, ...to, revokedAt: startAt });
      }
    }));
}

const changes: readonly StoreChange[] = [
  {
    kind: 'advance',
    to: {
      generation: 7,
      fork: 2,
      previousFork: null,
      rotatedAt: startAt + 3,
      seen: true,
      network: 'BwYFBAMCAQA',
    },
  },
  { kind: 'revoke-session' },
  { kind: 'revoke-subject' },
  {
    kind: 'bind',
    binding: { kind: 'browser', jkt: 'key "of"\nthe browser' },
    to: rotated(initialRotation, startAt + 3.25, null),
  },
];

function afterChange(session: Session, change: StoreChange, now: number): Session {
  if (change.kind === 'advance') return { ...session, ...change.to };
  if (change.kind === 'bind') return { ...session, ...change.to, binding: change.binding };
  if (change.kind === 'revoke-session') return { ...session, revokedAt: now };
  return { ...session, subjectEpoch: session.subjectEpoch + 1 };
}

function testApply({ runner: { test }, random, withStore }: StoreAccess): void {
  for (const change of changes) {
    test(`apply ${change.kind} changes the record that was read`, () =>
      withStore(async ({ sessions }) => {
        const { session: read } = await sessions.create(newSession(random), 5, startAt);
        const expected = afterChange(read, change, startAt + 4);
        assert.deepEqual(await sessions.apply(read, change, startAt + 4), {
          applied: true,
          session: expected,
        });
        assert.deepEqual(await sessions.find(read.id), expected);
      }));

    test(`apply ${change.kind} leaves a record alone that has moved in any part`, () =>
      withStore(async ({ sessions }) => {
        const moved: readonly Partial<RotationState>[] = [
          { generation: 1 },
          { fork: 1 },
          { previousFork: 0 },
          { rotatedAt: startAt },
          { seen: true },
          { network: 'AAAAAAAAAAA' },
        ];
        for (const part of moved) {
          const { session: read } = await sessions.create(newSession(random), 5, startAt);
          const to = { ...initialRotation, ...part };
          const { session } = await sessions.apply(read, { kind: 'advance', to }, startAt);
          assert.deepEqual(await sessions.apply(read, change, startAt), { applied: false, session });
          assert.deepEqual(await sessions.find(read.id), session);
        }
      }));

    test(`apply ${change.kind} leaves an ended record alone`, () =>
      withStore(async ({ sessions }) => {
        const { session: read } = await sessions.create(newSession(random), 5, startAt);
        const revoked = await sessions.revokeSession(read.id, null, startAt);
        assert.deepEqual(await sessions.apply(read, change, startAt), { applied: false, session: revoked });

        const { session: other } = await sessions.create(newSession(random), 5, startAt);
        await sessions.revokeSubject(other.subject, startAt);
        const { applied, session } = await sessions.apply(other, change, startAt);
        assert.deepEqual({ applied, session }, { applied: false, session: { ...other, subjectEpoch: 1 } });
      }));
  }

  test('apply on an unknown session gives null', () =>
    withStore(async ({ sessions }) => {
      const read = createdFrom(newSession(random), 0);
      for (const change of changes) {
        assert.deepEqual(await sessions.apply(read, change, startAt), { applied: false, session: null });
      }
    }));

  test('the previous fork survives as null and as 0', () =>
    withStore(async ({ sessions }) => {
      let { session } = await sessions.create(newSession(random), 5, startAt);
      for (const previousFork of [0, null, 255]) {
        const to = { ...initialRotation, generation: session.generation + 1, previousFork };
        const result = await sessions.apply(session, { kind: 'advance', to }, startAt);
        assert.equal(result.session?.previousFork, previousFork);
        session = result.session;
      }
    }));
}

function testBinding({ runner: { test }, random, withStore }: StoreAccess): void {
  test('apply bind gives a session one key: the same again is allowed, another is not', () =>
    withStore(async ({ sessions }) => {
      const binding: Binding = { kind: 'browser', jkt: '-' };
      const { session: read } = await sessions.create(newSession(random), 5, startAt);
      const { session: bound } = await sessions.apply(read, bindTo(binding), startAt);
      assert.deepEqual(bound, { ...read, binding });
      assert.deepEqual(await sessions.apply(read, bindTo(binding), startAt), {
        applied: true,
        session: bound,
      });
      const others = [unbound, { kind: 'browser', jkt: 'key' }, { kind: 'dpop', jkt: '-' }] as const;
      for (const other of others) {
        assert.deepEqual(await sessions.apply(read, bindTo(other), startAt), {
          applied: false,
          session: bound,
        });
      }
      const attempt = attemptFor(read);
      assert.deepEqual(await sessions.rotate(attempt), { rotated: false, session: bound });
      assert.equal((await sessions.rotate({ ...attempt, proof: binding })).rotated, true);
    }));

  test('apply bind takes a key of each kind', () =>
    withStore(async ({ sessions }) => {
      for (const binding of everyBinding(random.text(32))) {
        const { session: read } = await sessions.create(newSession(random), 5, startAt);
        const { session: bound } = await sessions.apply(read, bindTo(binding), startAt);
        assert.deepEqual(bound, { ...read, binding });
        assert.deepEqual(await sessions.find(read.id), bound);
      }
    }));
}

function bindTo(binding: Binding): StoreChange {
  return { kind: 'bind', binding, to: initialRotation };
}

function testSessionRevocation({ runner: { test }, random, withStore }: StoreAccess): void {
  test('revokeSession ends a session once, whatever its generation', () =>
    withStore(async ({ sessions }) => {
      const session = newSession(random);
      await sessions.create(session, 5, startAt);
      const { session: moved } = await sessions.rotate(attemptFor(session));
      const expected = { ...(moved as Session), revokedAt: startAt + 30 };
      assert.deepEqual(await sessions.revokeSession(session.id, null, startAt + 30), expected);
      assert.equal(await sessions.revokeSession(session.id, null, startAt + 31), null);
      assert.deepEqual(await sessions.find(session.id), expected);
    }));

  test('revokeSession with a secret hash ends only the session of that secret', () =>
    withStore(async ({ sessions }) => {
      const { session } = await sessions.create(newSession(random), 5, startAt);
      for (const wrong of [random.text(32), '', 'no base64url']) {
        assert.equal(await sessions.revokeSession(session.id, wrong, startAt), null);
      }
      assert.deepEqual(await sessions.find(session.id), session);
      const ended = await sessions.revokeSession(session.id, session.secretHash, startAt);
      assert.deepEqual(ended, { ...session, revokedAt: startAt });
      assert.equal(await sessions.revokeSession(random.text(16), null, startAt), null);
    }));

  test('an expired session can still be ended, because its access tokens may outlive it', () =>
    withStore(async ({ sessions }) => {
      const { session } = await sessions.create(newSession(random, { idleSeconds: 5 }), 5, startAt);
      const ended = await sessions.revokeSession(session.id, null, startAt + 6);
      assert.deepEqual(ended, { ...session, revokedAt: startAt + 6 });
    }));

  test('revokeOthers ends all but one, and names only those that it ended', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      const own = [0, 1, 2, 3].map(() => newSession(random, { subject }));
      const foreign = newSession(random);
      for (const session of [...own, foreign]) await sessions.create(session, 9, startAt);
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
      for (const session of [...old, foreign]) await sessions.create(session, 5, startAt);
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
      assert.deepEqual((await sessions.create(later, 5, startAt + 2)).session, createdFrom(later, 1));
      assert.equal((await sessions.rotate(attemptFor(later))).rotated, true);
      assert.equal(await sessions.revokeSubject(subject, startAt + 3), 2);
    }));

  test('revokeSubject counts for a subject that has no session', () =>
    withStore(async ({ sessions }) => {
      const subject = random.text(8);
      assert.equal(await sessions.revokeSubject(subject, startAt), 1);
      assert.equal(await sessions.revokeSubject(subject, startAt), 2);
      const session = newSession(random, { subject });
      assert.equal((await sessions.create(session, 5, startAt)).session.epoch, 2);
    }));

  test('epochOf is 0 at first, grows with each end of the subject, and stays through everything else', () =>
    withStore(async ({ sessions }) => {
      const [subject, other] = [random.text(8), random.text(8)];
      const epochs: number[] = [];
      const note = async (): Promise<unknown> => epochs.push(await sessions.epochOf(subject));
      await note();
      const { session } = await sessions.create(newSession(random, { subject }), 5, startAt);
      await note();
      await sessions.apply(session, { kind: 'revoke-subject' }, startAt);
      await note();
      await sessions.apply(session, { kind: 'revoke-subject' }, startAt);
      await note();
      await sessions.revokeSubject(subject, startAt);
      await note();
      const { session: later } = await sessions.create(newSession(random, { subject }), 5, startAt);
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
      for (const session of given) await sessions.create(session, 9, startAt);
      const [first, second, third, fourth] = given.map(({ id }) => id);
      assert.deepEqual(await idsOf({ sessions }, subject, startAt), [third, second, first, fourth]);
    }));

  test('list leaves a session out from the instant of its end, and a rotation moves idleness', () =>
    withStore(async ({ sessions }) => {
      const session = newSession(random, { idleSeconds: 30, expiresAt: startAt + 45 });
      await sessions.create(session, 9, startAt);
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
