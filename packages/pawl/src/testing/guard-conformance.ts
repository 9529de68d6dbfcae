import assert from 'node:assert/strict';
import { decide } from '../rotation/decide.js';
import { policies } from '../rotation/policy.js';
import { maxGeneration, type RotationState, type Session } from '../rotation/session.js';
import type { NewSession, RotateAttempt, SessionStore } from '../stores/store.js';
import type { SeededRandom } from './seeded-random.js';
import { attemptFor, newSession, startAt } from './session-fixture.js';
import type { StoreAccess } from './store-conformance.js';

/** One line of the guard, with an attempt that fails on it alone. */
interface GuardLine {
  readonly name: string;
  readonly session?: Partial<NewSession>;
  readonly state?: Partial<RotationState>;
  readonly attempt: Partial<RotateAttempt>;
}

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
  { name: 'a missing key', session: { boundKey: 'key' }, attempt: { provenKey: null } },
  { name: 'another key', session: { boundKey: 'key' }, attempt: { provenKey: 'Key' } },
  { name: 'another client', attempt: { clientId: 'Web' } },
  { name: 'the window', state: rotatedOnce, attempt: { now: startAt + 24.75 } },
  { name: 'a clock that was set back', state: rotatedOnce, attempt: { now: startAt + 14 } },
];

const accepted: readonly GuardLine[] = [
  { name: 'the first refresh, at once', attempt: { now: startAt } },
  { name: 'before the absolute end', session: { expiresAt: startAt + 20.5 }, attempt: {} },
  { name: 'before idleness', session: { idleSeconds: 20.5 }, attempt: {} },
  { name: 'the last generation but one', state: { generation: maxGeneration - 1 }, attempt: {} },
  { name: 'a fork', state: { ...rotatedOnce, fork: 255, seen: true }, attempt: { now: startAt + 30 } },
  { name: 'the right key', session: { boundKey: 'key' }, attempt: {} },
  { name: 'a bearer session with a proof', attempt: { provenKey: 'key' } },
  { name: 'a transport that names no client', attempt: { clientId: null } },
  { name: 'the end of the window', state: rotatedOnce, attempt: { now: startAt + 25 } },
  { name: 'no window', state: rotatedOnce, attempt: { now: startAt + 15, windowSeconds: 0 } },
  {
    name: 'no window and a clock set back',
    state: rotatedOnce,
    attempt: { now: startAt + 14, windowSeconds: 0 },
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
          const expected = {
            ...session,
            generation: session.generation + 1,
            fork: 0,
            previousFork: session.fork,
            rotatedAt: attempt.now,
            seen: false,
          };
          assert.deepEqual(await sessions.rotate(attempt), { rotated: true, session: expected });
          assert.deepEqual(await sessions.find(session.id), expected);
        }));
    }

    test('refuses a revoked session, and one whose subject was revoked', () =>
      withStore(async ({ sessions }) => {
        const revoked = await sessionIn(sessions, random, { name: '', attempt: {} });
        await sessions.revokeSession(revoked.id, null, startAt + 1);
        const behind = await sessionIn(sessions, random, { name: '', attempt: {} });
        await sessions.revokeSubject(behind.subject, startAt + 1);
        for (const session of [revoked, behind]) {
          const { rotated } = await sessions.rotate(attemptFor(session));
          assert.equal(rotated, false);
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

    test('agrees with the rotation rule on random records and attempts', () =>
      withStore(async ({ sessions }) => {
        let rotations = 0;
        for (let round = 0; round < 1000; round += 1) {
          rotations += (await agreesOnce(sessions, random)) ? 1 : 0;
        }
        // 61 on average; both answers were met often enough for their agreement to say something.
        assert.ok(rotations > 20 && rotations < 950, `${String(rotations)} of 1000 rotated`);
      }));
  });
}

async function sessionIn(sessions: SessionStore, random: SeededRandom, line: GuardLine): Promise<Session> {
  const { session } = await sessions.create(newSession(random, line.session), 9, startAt);
  if (line.state === undefined) return session;
  const { generation, fork, previousFork, rotatedAt, seen } = session;
  const to = { generation, fork, previousFork, rotatedAt, seen, ...line.state };
  const advanced = await sessions.apply(session, { kind: 'advance', to }, startAt);
  assert.ok(advanced.session);
  return advanced.session;
}

/** Small ranges, so that every line of the guard is met from both sides. */
async function agreesOnce(sessions: SessionStore, random: SeededRandom): Promise<boolean> {
  const session = await sessionIn(sessions, random, {
    name: 'random',
    session: {
      boundKey: random.pick([null, null, 'key']),
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
  const windowSeconds = random.pick([0, 5, 10]);
  const attempt = attemptFor(session, {
    secretHash: random.pick([session.secretHash, session.secretHash, random.text(32)]),
    generation: session.generation + random.pick([-1, 0, 0, 0, 1]),
    fork: Math.max(0, session.fork + random.pick([-1, 0, 0, 0, 1])),
    provenKey: random.pick([null, 'key', 'other']),
    windowSeconds,
    now: startAt + random.below(25),
  });
  const { generation, fork, provenKey, now } = attempt;
  const presented = { generation, fork, provenKey, secretMatches: attempt.secretHash === session.secretHash };
  const decision = decide(record, presented, { ...policies.balanced, windowSeconds }, now);

  const expected =
    decision.outcome === 'rotated' && decision.change.kind === 'advance'
      ? { rotated: true, session: { ...record, ...decision.change.to } }
      : { rotated: false, session: record };
  assert.deepEqual(await sessions.rotate(attempt), expected);
  return expected.rotated;
}
