import { describe, expect, test } from 'vitest';
import {
  type Binding,
  type Decision,
  decide,
  maxGeneration,
  noOutages,
  type Outages,
  type PresentedChallenge,
  policies,
  type RotatingSession,
  rotated,
  unbound,
} from '../../src/rotation/index.js';
import { initialRotation, registrationSeconds } from '../../src/rotation/session.js';

const now = 1_767_225_600.25;
const { strict, balanced, resilient } = policies;
const none = { kind: 'none' };
const key: Binding = { kind: 'browser', jkt: 'jkt' };

const login: RotatingSession = {
  ...initialRotation,
  ...{ createdAt: now - 100, expiresAt: now + 5000, idleSeconds: 3000, usedAt: null },
  ...{ revokedAt: null, epoch: 1, subjectEpoch: 1, binding: unbound, floor: 0 },
};
const bound: RotatingSession = { ...login, generation: 5, rotatedAt: now - 3, previousFork: 2, binding: key };

const challenge = (issuedAt: number, proof: Binding = key): PresentedChallenge => ({
  ...{ kind: 'challenge', issuedAt, proof },
  ...{ secretMatches: true, clientMatches: true, network: 'away' },
});

function ruled(
  session: RotatingSession,
  presented: PresentedChallenge,
  policy = balanced,
  known: Outages = noOutages,
): Decision {
  return decide(session, presented, policy, now, { known, maxSeconds: 900 });
}

describe("a browser's proof", () => {
  test('over a challenge that is younger than the last rotation rotates, inside the window too', () => {
    for (const policy of [strict, balanced, resilient]) {
      expect(ruled(bound, challenge(now - 2), policy)).toMatchObject({
        outcome: 'rotated',
        change: { kind: 'advance', to: rotated(bound, now, 'away') },
        stretched: false,
      });
    }
  });

  test.each([
    now - 3,
    now - 4,
  ])('over one from before it, at %f, is `replayed` inside the window', (issuedAt) => {
    for (const policy of [balanced, resilient]) {
      expect(ruled(bound, challenge(issuedAt), policy)).toMatchObject({ outcome: 'replayed', change: none });
    }
  });

  test('over one from before it is `spent` after the window, and nothing changes', () => {
    const over = { ...bound, rotatedAt: now - 10 };
    for (const policy of [balanced, resilient]) {
      expect(ruled(over, challenge(now - 10), policy)).toEqual({ outcome: 'spent', change: none });
      expect(ruled(over, challenge(now - 11), policy)).toEqual({ outcome: 'spent', change: none });
    }
    expect(ruled({ ...bound, rotatedAt: now }, challenge(now), strict)).toEqual({
      outcome: 'spent',
      change: none,
    });
  });

  test('is `spent` after the window of the policy, whatever outage is known', () => {
    const outage = { from: now - 9, lastFailureAt: now - 1, answeredAt: null };
    const over = { ...bound, rotatedAt: now - 10 };
    expect(ruled(over, challenge(now - 10), balanced, [outage]).outcome).toBe('spent');
    expect(ruled(over, challenge(now - 9), balanced, [outage]).outcome).toBe('rotated');
    expect(ruled(bound, challenge(now - 9), balanced, [outage])).toMatchObject({
      outcome: 'replayed',
      change: none,
      stretched: false,
    });
  });

  test('a challenge that is used once is spent: the same proof never rotates twice', () => {
    const first = ruled(bound, challenge(now - 2));
    if (first.change.kind !== 'advance') throw new Error('it did not rotate');
    const after = { ...bound, ...first.change.to };
    for (const age of [0, 9, 10, 1000]) {
      const second = decide(after, challenge(now - 2), balanced, now + age, {
        known: noOutages,
        maxSeconds: 900,
      });
      expect(second.outcome).toBe(age < 10 ? 'replayed' : 'spent');
    }
  });

  test('over a challenge of a node whose clock is ahead uses it up: the rotation is dated by the challenge', () => {
    const first = ruled(bound, challenge(now + 30));
    expect(first.change).toEqual({ kind: 'advance', to: rotated(bound, now + 30, 'away') });
    const after = { ...bound, ...rotated(bound, now + 30, 'away') };
    expect(ruled(after, challenge(now + 30)).outcome).toBe('replayed');
  });

  test('does not ask for the floor: it stands for the current token', () => {
    expect(ruled({ ...bound, floor: 5 }, challenge(now - 2)).outcome).toBe('rotated');
  });

  test('at the last generation is `expired` where it would rotate', () => {
    const last = { ...bound, generation: maxGeneration };
    expect(ruled(last, challenge(now - 2))).toEqual({ outcome: 'expired', change: none });
    expect(ruled(last, challenge(now - 4)).outcome).toBe('replayed');
  });
});

describe('the first proof', () => {
  test('binds the session to its key, in the same step as the rotation', () => {
    expect(ruled(login, challenge(now - 1))).toMatchObject({
      outcome: 'rotated',
      change: { kind: 'bind', binding: key, to: rotated(login, now, 'away') },
    });
  });

  test('binds also where it is a retry and rotates nothing', () => {
    const session = { ...bound, binding: unbound };
    const { change } = ruled(session, challenge(now - 4));
    const { generation, fork, previousFork, rotatedAt, seen, network } = session;
    expect(change).toEqual({
      ...{ kind: 'bind', binding: key },
      to: { generation, fork, previousFork, rotatedAt, seen, network },
    });
  });

  test.each([
    ['before the first use of the token', null, 'rotated'],
    ['after a use within the time of registrations', registrationSeconds - 0.25, 'rotated'],
    ['after one at the end of that time', registrationSeconds, 'wrong-key'],
    ['after a later one', registrationSeconds + 1000, 'wrong-key'],
  ])('%s: whether it binds does not depend on its own age', (_when, usedAfter, outcome) => {
    const createdAt = now - 2000;
    const rotatedAt = usedAfter === null ? null : createdAt + usedAfter;
    const session = { ...login, createdAt, rotatedAt };
    expect(ruled(session, challenge(now - 1)).outcome).toBe(outcome);
  });

  test('binds nothing when it is spent', () => {
    const session = { ...bound, binding: unbound, rotatedAt: now - 10 };
    expect(ruled(session, challenge(now - 10))).toEqual({ outcome: 'spent', change: none });
  });
});

describe('a proof that shows nothing', () => {
  test.each([
    ['no key', bound, unbound],
    ['another key', bound, { ...key, jkt: 'another' }],
    ['the key by DPoP', bound, { ...key, kind: 'dpop' as const }],
    ['no key, to a session without one', login, unbound],
    ['a DPoP key, to a session without one', login, { ...key, kind: 'dpop' as const }],
    ['the key of a DPoP session', { ...bound, binding: { ...key, kind: 'dpop' as const } }, key],
  ])('%s: `wrong-key`', (_what, session, proof) => {
    expect(ruled(session, challenge(now - 1, proof))).toEqual({ outcome: 'wrong-key', change: none });
    expect(ruled(session, challenge(now - 1, proof), { ...balanced, onWrongKey: 'session' }).change).toEqual({
      kind: 'revoke-session',
    });
  });

  test('an end, a wrong secret and a wrong client come first', () => {
    const presented = challenge(now - 1, unbound);
    expect(ruled({ ...bound, revokedAt: now }, presented).outcome).toBe('revoked');
    expect(ruled({ ...bound, expiresAt: now }, presented).outcome).toBe('expired');
    expect(ruled(bound, { ...presented, secretMatches: false, clientMatches: false }).outcome).toBe('forged');
    expect(ruled(bound, { ...presented, clientMatches: false }).outcome).toBe('wrong-client');
  });
});
