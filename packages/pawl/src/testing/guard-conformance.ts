import assert from 'node:assert/strict';
import { type Binding, unbound } from '../rotation/binding.js';
import { mayRotate } from '../rotation/guard.js';
import { maxGeneration, type RotationState, rotated, rotationOf, type Session } from '../rotation/session.js';
import type { NewSession, RotateAttempt, SessionStore } from '../stores/session-store.js';
import { forEachDrawing } from './for-each.js';
import type { SeededRandom } from './seeded-random.js';
import { createSession, attemptFor, everyBinding, newSession, policy, startAt } from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

/** One line of the guard, with an attempt that fails on it alone. */
interface GuardLine {
  readonly name: string;
  readonly session?: Partial<NewSession>;
  readonly state?: Partial<RotationState>;
  readonly attempt: Partial<RotateAttempt>;
}

const withKey: Binding = { kind: 'dpop', jkt: 'key' };
const withWindow = (windowSeconds: number): Partial<NewSession> => ({ policy: { ...policy, windowSeconds } });
const rotatedOnce = { generation: 1, previousFork: 0, rotatedAt: startAt + 15 };

const refused: readonly GuardLine[] = [
  { name: 'the absolute end', session: { expiresAt: startAt + 20 }, attempt: {} },
  { name: 'idleness since creation', session: { idleSeconds: 20 }, attempt: {} },
  {
    name: 'idleness since rotation',
    session: { idleSeconds: 30 },
    state: rotatedOnce,
    attempt: { now: startAt + 45 },
  },
  { name: 'another secret', attempt: { secretHash: Buffer.alloc(32, 1).toString('base64url') } },
  { name: 'a malformed secret hash', attempt: { secretHash: '=' } },
  { name: 'a generation behind', state: { generation: 2 }, attempt: { generation: 1 } },
  { name: 'a generation ahead', state: { generation: 2 }, attempt: { generation: 3 } },
  { name: 'a fork behind', state: { fork: 2 }, attempt: { fork: 1 } },
  { name: 'a fork ahead', state: { fork: 2 }, attempt: { fork: 3 } },
  { name: 'the last generation', state: { generation: maxGeneration }, attempt: {} },
  { name: 'a missing key', session: { binding: withKey }, attempt: { proof: unbound } },
  { name: 'another key', session: { binding: withKey }, attempt: { proof: { kind: 'dpop', jkt: 'Key' } } },
  { name: 'an empty key', session: { binding: withKey }, attempt: { proof: { kind: 'dpop', jkt: '' } } },
  { name: 'another client', attempt: { clientId: 'Web' } },
  { name: 'the window', state: rotatedOnce, attempt: { now: startAt + 24.75 } },
  {
    name: 'a window of its own',
    session: withWindow(600),
    state: rotatedOnce,
    attempt: { now: startAt + 614 },
  },
  {
    name: 'a window with a fraction',
    session: withWindow(0.5),
    state: rotatedOnce,
    attempt: { now: startAt + 15.25 },
  },
  { name: 'a clock that was set back', state: rotatedOnce, attempt: { now: startAt + 14 } },
];

const accepted: readonly GuardLine[] = [
  { name: 'the first refresh, at once', attempt: { now: startAt } },
  { name: 'before the absolute end', session: { expiresAt: startAt + 20.5 }, attempt: {} },
  { name: 'before idleness', session: { idleSeconds: 20.5 }, attempt: {} },
  { name: 'the last generation but one', state: { generation: maxGeneration - 1 }, attempt: {} },
  { name: 'a fork', state: { ...rotatedOnce, fork: 255, seen: true }, attempt: { now: startAt + 30 } },
  { name: 'a bearer session with a proof', attempt: { proof: withKey } },
  { name: 'a transport that names no client', attempt: { clientId: null } },
  { name: 'from nowhere known', state: { network: 'AAAAAAAAAAA' }, attempt: { network: null } },
  { name: 'the end of the window', state: rotatedOnce, attempt: { now: startAt + 25 } },
  {
    name: 'the end of a window of its own',
    session: withWindow(0.5),
    state: rotatedOnce,
    attempt: { now: startAt + 15.5 },
  },
  { name: 'no window', session: withWindow(0), state: rotatedOnce, attempt: { now: startAt + 15 } },
  {
    name: 'no window and a clock set back',
    session: withWindow(0),
    state: rotatedOnce,
    attempt: { now: startAt + 14 },
  },
];

export function describeGuard(access: StoreAccess): void {
  const { random, withStore } = access;
  const { describe, test } = access.runner;
  describe('the guard of rotate', () => {
    for (const line of refused) {
      test(`refuses and leaves the record untouched: ${line.name}`, () =>
        withStore(async ({ sessions }) => {
          const session = await sessionIn(sessions, random, line);
          const result = await sessions.rotate(attemptFor(session, line.attempt));
          assert.deepEqual(result, { rotated: false, session });
          assert.deepEqual(await sessions.find(session.id), session);
        }));
    }

    for (const line of accepted) {
      test(`advances by one generation: ${line.name}`, () =>
        withStore(async ({ sessions }) => {
          const session = await sessionIn(sessions, random, line);
          const attempt = attemptFor(session, line.attempt);
          const expected = { ...session, ...rotated(session, attempt.now, attempt.network) };
          assert.deepEqual(await sessions.rotate(attempt), { rotated: true, session: expected });
          assert.deepEqual(await sessions.find(session.id), expected);
        }));
    }

    test('takes a key only on the way on which the session shows it', () =>
      withStore(async ({ sessions }) => {
        for (const binding of everyBinding('key')) {
          for (const proof of everyBinding('key')) {
            const { session } = await createSession(sessions, newSession(random, { binding }), 9, startAt);
            const result = await sessions.rotate(attemptFor(session, { proof }));
            const isTaken = binding.kind === 'none' || binding.kind === proof.kind;
            assert.equal(result.rotated, isTaken, `${proof.kind} for ${binding.kind}`);
            assert.deepEqual(await sessions.find(session.id), result.session);
          }
        }
      }));

    test('refuses a revoked session, and one whose subject was revoked', () =>
      withStore(async ({ sessions }) => {
        const revoked = await sessionIn(sessions, random, { name: '', attempt: {} });
        await sessions.revokeSession(revoked.id, null, startAt + 1);
        const behind = await sessionIn(sessions, random, { name: '', attempt: {} });
        await sessions.revokeSubject(behind.subject, startAt + 1);
        for (const session of [revoked, behind]) {
          assert.equal((await sessions.rotate(attemptFor(session))).rotated, false);
          assert.equal((await sessions.find(session.id))?.generation, 0);
        }
      }));

    test('gives null for an unknown session', () =>
      withStore(async ({ sessions }) => {
        for (const id of [random.text(16), '', 'no base64url']) {
          const attempt = attemptFor(newSession(random, { id }));
          assert.deepEqual(await sessions.rotate(attempt), { rotated: false, session: null });
        }
      }));

    test('agrees with `mayRotate` of the rotation rule on random records and attempts', () =>
      withStore(async ({ sessions }) => {
        let rotations = 0;
        await forEachDrawing(1000, random, async (drawn) => {
          if (await agreesOnce(sessions, drawn)) rotations += 1;
        });
        // Both answers were met often enough for their agreement to say something.
        assert.ok(rotations > 20 && rotations < 950, `${String(rotations)} of 1000 rotated`);
      }));
  });
}

async function sessionIn(sessions: SessionStore, random: SeededRandom, line: GuardLine): Promise<Session> {
  const { session } = await createSession(sessions, newSession(random, line.session), 9, startAt);
  if (line.state === undefined) return session;
  const to = { ...rotationOf(session), ...line.state };
  const advanced = await sessions.apply(session, { kind: 'advance', to }, startAt);
  assert.ok(advanced.session);
  return advanced.session;
}

/** Small ranges, so that every line of the guard is met from both sides. */
async function agreesOnce(sessions: SessionStore, random: SeededRandom): Promise<boolean> {
  const session = await sessionIn(sessions, random, {
    name: 'random',
    session: {
      binding: random.pick([unbound, unbound, withKey, { kind: 'cookie', jkt: 'key' }]),
      policy: { ...policy, windowSeconds: random.pick([0, 5, 10]) },
      expiresAt: startAt + random.pick([20, 86_400]),
      idleSeconds: random.pick([10, 3600]),
    },
    state: {
      generation: random.pick([1, 2, maxGeneration]),
      fork: random.below(2),
      previousFork: random.pick([null, 0, 1]),
      rotatedAt: random.pick([null, startAt, startAt + 5, startAt + 10]),
      seen: random.pick([true, false]),
    },
    attempt: {},
  });
  if (random.below(10) === 0) await sessions.revokeSubject(session.subject, startAt);
  const record = (await sessions.find(session.id)) as Session;
  const attempt = attemptFor(session, {
    secretHash: random.pick([session.secretHash, session.secretHash, random.text(32)]),
    generation: session.generation + random.pick([-1, 0, 0, 0, 1]),
    fork: Math.max(0, session.fork + random.pick([-1, 0, 0, 0, 1])),
    proof: random.pick([...everyBinding('key'), ...everyBinding('other')]),
    network: random.pick([null, random.text(8)]),
    now: startAt + random.below(25),
  });
  const expected = mayRotate(record, attempt)
    ? { rotated: true, session: { ...record, ...rotated(record, attempt.now, attempt.network) } }
    : { rotated: false, session: record };
  assert.deepEqual(await sessions.rotate(attempt), expected);
  return expected.rotated;
}
