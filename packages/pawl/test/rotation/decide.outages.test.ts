import { describe, expect, test } from 'vitest';
import {
  type Binding,
  type Decision,
  decide,
  noOutages,
  type Outage,
  type Outages,
  type Policy,
  type PresentedToken,
  policies,
  type RotatingSession,
  rotationOf,
  unbound,
} from '../../src/rotation/index.js';
import { afterAnswer, afterFailure } from '../../src/rotation/outage.js';
import { isGranted } from '../../src/rotation/decide.js';

const { strict, balanced, resilient } = policies;
const none = { kind: 'none' };
const maxSeconds = 900;

/** Rotated at 1000, with a window of 10 s. */
const session: RotatingSession = {
  ...{ generation: 5, fork: 0, previousFork: 2, rotatedAt: 1000, seen: false, network: 'home' },
  ...{ createdAt: 0, expiresAt: 1e6, idleSeconds: 1e6, revokedAt: null, epoch: 1, subjectEpoch: 1 },
  usedAt: null,
  ...{ binding: unbound, floor: 0 },
};
const token = (generation: number, fork = 0, proof: Binding = unbound): PresentedToken => ({
  ...{ kind: 'token', generation, fork, proof },
  ...{ secretMatches: true, clientMatches: true, mayChangeKey: false, network: 'away' },
});
const current = token(5);
const predecessor = token(4, 2);

function outage(from: number, answeredAt: number): Outage {
  return { from, lastFailureAt: answeredAt, answeredAt };
}

/** 30 s, beginning 5 s after the rotation: the window is 10 + 30 + 10. */
const stretching = [outage(1005, 1035)];

function at(
  now: number,
  presented: PresentedToken,
  policy: Policy = balanced,
  known: Outages = stretching,
): Decision {
  return decide(session, presented, policy, now, { known, maxSeconds });
}

describe('a window that an outage stretches', () => {
  test('spares a token until its end and not at it', () => {
    expect(at(1049.75, predecessor).outcome).toBe('replayed');
    expect(at(1049.75, current).outcome).toBe('kept');
    expect(at(1050, predecessor)).toEqual({ outcome: 'reused', change: { kind: 'revoke-subject' } });
    expect(at(1050, current).outcome).toBe('rotated');
  });

  test('is told with the decision, with whether the policy alone would not have spared the token', () => {
    const open = [{ from: 1005, lastFailureAt: 1010, answeredAt: null }];
    expect(at(1009, predecessor, balanced, open)).toMatchObject({ windowSeconds: 24, stretched: false });
    expect(at(1010, predecessor, balanced, open)).toMatchObject({ windowSeconds: 25, stretched: true });
    expect(at(1040, current)).toMatchObject({ outcome: 'kept', windowSeconds: 50, stretched: true });
    expect(at(1050, current)).toMatchObject({ outcome: 'rotated', windowSeconds: 50, stretched: false });
    expect(at(1005, current, balanced, noOutages)).toMatchObject({ windowSeconds: 10, stretched: false });
    expect(at(1040, token(6))).toMatchObject({ outcome: 'healed', windowSeconds: 50, stretched: false });
  });

  test('does not spare what no window spares', () => {
    for (const presented of [token(3), token(4, 1)]) {
      expect(at(1040, presented).outcome).toBe('reused');
      expect(at(1005, presented).outcome).toBe('reused');
    }
  });

  test('puts off a fork', () => {
    expect(at(1040, predecessor, resilient).outcome).toBe('replayed');
    expect(at(1050, predecessor, resilient).outcome).toBe('forked');
  });
});

describe('the time of a retry that only an outage makes one', () => {
  test.each([
    ['kept', current],
    ['replayed', predecessor],
  ] as const)('%s: is noted in the record, and nothing else of it changes', (outcome, presented) => {
    expect(at(1040, presented)).toMatchObject({
      outcome,
      change: { kind: 'advance', to: { ...rotationOf(session), rotatedAt: 1040 } },
    });
  });

  test('is not noted within the window of the policy', () => {
    for (const presented of [current, predecessor]) {
      expect(at(1009, presented)).toMatchObject({ change: none, stretched: false });
    }
  });

  test('is noted together with `seen`', () => {
    expect(at(1040, current, resilient).change).toEqual({
      kind: 'advance',
      to: { ...rotationOf(session), seen: true, rotatedAt: 1040 },
    });
    expect(at(1009, current, resilient).change).toEqual({
      kind: 'advance',
      to: { ...rotationOf(session), seen: true },
    });
  });

  test('is not noted for a bound session: its key answers for it', () => {
    const key: Binding = { kind: 'dpop', jkt: 'jkt' };
    const bound = { ...session, binding: key };
    for (const presented of [token(5, 0, key), token(4, 2, key)]) {
      const decision = decide(bound, presented, balanced, 1040, { known: stretching, maxSeconds });
      expect(decision.change).toEqual(none);
      expect(isGranted(decision)).toBe(true);
    }
  });

  test('keeps an attempt from before it from rotating the token away', () => {
    const kept = at(1040, current);
    if (kept.change.kind !== 'advance') throw new Error('the time was not noted');
    const late = decide({ ...session, ...kept.change.to }, current, balanced, 1012, {
      known: noOutages,
      maxSeconds,
    });
    expect(late.outcome).toBe('kept');
  });
});

describe('an outage stretches nothing', () => {
  test.each([
    ['of a window of 0', strict, [outage(1000, 1035)], 1001],
    ['that begins at the end of the window', balanced, [outage(1010, 1100)], 1011],
    ['that begins after the window', balanced, [outage(1011, 1100)], 1012],
    ['that was over before the rotation', balanced, [outage(900, 1000)], 1011],
    ['that took no time', balanced, [outage(1005, 1005)], 1011],
  ])('%s', (_which, policy, known, now) => {
    expect(at(now, predecessor, policy, known).outcome).toBe('reused');
    expect(at(now, current, policy, known).outcome).toBe('rotated');
  });

  test('before the first rotation', () => {
    const login = { ...session, generation: 0, previousFork: null, rotatedAt: null };
    const decision = decide(login, token(0), balanced, 1001, { known: [outage(900, 1000)], maxSeconds });
    expect(decision.outcome).toBe('rotated');
  });
});

test('the window is at most the longest of all', () => {
  const known = [outage(1005, 4000)];
  expect(at(1000 + maxSeconds - 0.25, predecessor, balanced, known).outcome).toBe('replayed');
  expect(at(1000 + maxSeconds, predecessor, balanced, known).outcome).toBe('reused');
});

test('one unanswered call each 9 s, beside answered ones, for an hour: a token that was retired 2 min ago is no retry', () => {
  for (const unansweredSeconds of [0, 2, 5]) {
    let known: Outages = noOutages;
    for (let startedAt = 0; startedAt < 3600; startedAt += 9) {
      known = afterAnswer(afterFailure(known, startedAt), startedAt + unansweredSeconds);
      for (const age of [120, 121, 300, 3600]) {
        const retired = { ...session, rotatedAt: startedAt + unansweredSeconds - age };
        const decision = decide(retired, predecessor, balanced, startedAt + unansweredSeconds, {
          known,
          maxSeconds,
        });
        expect(decision.outcome).toBe('reused');
      }
    }
  }
});
