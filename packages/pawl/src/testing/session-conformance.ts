import assert from 'node:assert/strict';
import { type Binding, unbound } from '../rotation/binding.js';
import { initialRotation, type RotationState, rotated, type Session } from '../rotation/session.js';
import { createdFrom, type StoreChange } from '../stores/session-store.js';
import {
  createSession,
  limitsOf,
  requestFor,
  attemptFor,
  everyBinding,
  everyPolicy,
  newSession,
  sessionIdFor,
  startAt,
} from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

export function describeSessions(access: StoreAccess): void {
  access.runner.describe('sessions', () => {
    testCreation(access);
    testLimit(access);
    testFixedMembers(access);
    testApply(access);
    testBinding(access);
  });
}

function testCreation({ runner: { test }, random, withStore }: StoreAccess): void {
  test('a created session is found as it was given, at generation 0', () =>
    withStore(async ({ sessions }) => {
      const session = newSession(random, { acr: null, device: null });
      const created = await createSession(sessions, session, 5, startAt);
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
      await createSession(sessions, session, 1, startAt);
      const { session: moved } = await sessions.rotate(attemptFor(session));
      const again = await sessions.create(requestFor(session, { limits: limitsOf(1), now: startAt + 30 }));
      assert.deepEqual(again, { outcome: 'repeated', session: moved });
    }));

  test('another session with the id of an existing one changes nothing and gives the one that has it', () =>
    withStore(async ({ sessions }) => {
      const session = newSession(random);
      await createSession(sessions, session, 5, startAt);
      const other = newSession(random, { id: session.id, subject: session.subject, scope: 'other' });
      const result = await sessions.create(requestFor(other));
      assert.deepEqual(result, { outcome: 'used', session: createdFrom(session, 0) });
      assert.deepEqual(await sessions.find(session.id), createdFrom(session, 0));
    }));
}

function testLimit({ runner: { test }, random, withStore }: StoreAccess): void {
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
        await createSession(
          sessions,
          newSession(random, { id, subject, createdAt: startAt - age }),
          3,
          startAt,
        );
      }
      const newest = newSession(random, { subject, createdAt: startAt - 100 });
      const created = await createSession(sessions, newest, 2, startAt);
      assert.deepEqual([...created.endedIds].sort(), [first, second]);
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
      for (const session of [expired, idle, revoked, alive])
        await createSession(sessions, session, 9, startAt);
      await sessions.revokeSession(revoked.id, null, startAt);
      const created = await createSession(sessions, newSession(random, { subject }), 2, startAt + 10);
      assert.deepEqual(created.endedIds, []);
    }));
}

function testFixedMembers({ runner: { test }, random, withStore }: StoreAccess): void {
  test('policies and bindings of each kind stay as they were given, whatever changes the session', () =>
    withStore(async ({ sessions }) => {
      const bindings = everyBinding(random.text(32));
      for (const policy of everyPolicy) {
        const session = newSession(random, { policy, binding: random.pick(bindings) });
        const { session: created } = await createSession(sessions, session, 5, startAt);
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
        assert.deepEqual(ended, { session: { ...created, ...to, revokedAt: startAt }, endedIds: [] });
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
        const { session: read } = await createSession(sessions, newSession(random), 5, startAt);
        const expected = afterChange(read, change, startAt + 4);
        assert.deepEqual(await sessions.apply(read, change, startAt + 4), {
          applied: true,
          session: expected,
          endedIds: [],
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
          const { session: read } = await createSession(sessions, newSession(random), 5, startAt);
          const to = { ...initialRotation, ...part };
          const { session } = await sessions.apply(read, { kind: 'advance', to }, startAt);
          assert.deepEqual(await sessions.apply(read, change, startAt), {
            applied: false,
            session,
            endedIds: [],
          });
          assert.deepEqual(await sessions.find(read.id), session);
        }
      }));

    test(`apply ${change.kind} leaves an ended record alone`, () =>
      withStore(async ({ sessions }) => {
        const { session: read } = await createSession(sessions, newSession(random), 5, startAt);
        const revoked = await sessions.revokeSession(read.id, null, startAt);
        const result = await sessions.apply(read, change, startAt);
        assert.deepEqual(result, { applied: false, session: revoked?.session, endedIds: [] });

        const { session: other } = await createSession(sessions, newSession(random), 5, startAt);
        await sessions.revokeSubject(other.subject, startAt);
        const { applied, session } = await sessions.apply(other, change, startAt);
        assert.deepEqual({ applied, session }, { applied: false, session: { ...other, subjectEpoch: 1 } });
      }));
  }

  test('apply on an unknown session gives null', () =>
    withStore(async ({ sessions }) => {
      const read = createdFrom(newSession(random), 0);
      for (const change of changes) {
        assert.deepEqual(await sessions.apply(read, change, startAt), {
          applied: false,
          session: null,
          endedIds: [],
        });
      }
    }));

  test('the previous fork survives as null and as 0', () =>
    withStore(async ({ sessions }) => {
      let { session } = await createSession(sessions, newSession(random), 5, startAt);
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
      const { session: read } = await createSession(sessions, newSession(random), 5, startAt);
      const { session: bound } = await sessions.apply(read, bindTo(binding), startAt);
      assert.deepEqual(bound, { ...read, binding });
      assert.deepEqual(await sessions.apply(read, bindTo(binding), startAt), {
        applied: true,
        session: bound,
        endedIds: [],
      });
      const others = [unbound, { kind: 'browser', jkt: 'key' }, { kind: 'dpop', jkt: '-' }] as const;
      for (const other of others) {
        assert.deepEqual(await sessions.apply(read, bindTo(other), startAt), {
          applied: false,
          session: bound,
          endedIds: [],
        });
      }
      const attempt = attemptFor(read);
      assert.deepEqual(await sessions.rotate(attempt), { rotated: false, session: bound });
      assert.equal((await sessions.rotate({ ...attempt, proof: binding })).rotated, true);
    }));

  test('apply bind takes a key of each kind', () =>
    withStore(async ({ sessions }) => {
      for (const binding of everyBinding(random.text(32))) {
        const { session: read } = await createSession(sessions, newSession(random), 5, startAt);
        const { session: bound } = await sessions.apply(read, bindTo(binding), startAt);
        assert.deepEqual(bound, { ...read, binding });
        assert.deepEqual(await sessions.find(read.id), bound);
      }
    }));
}

function bindTo(binding: Binding): StoreChange {
  return { kind: 'bind', binding, to: initialRotation };
}
