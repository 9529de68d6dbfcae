import { describe, expect, test } from 'vitest';
import { rotated, rotationOf } from '../../src/rotation/decide.js';
import {
  decide,
  initialRotation,
  isGranted,
  maxFork,
  maxGeneration,
  type Outcome,
  type Policy,
  policies,
  type RotatingSession,
} from '../../src/rotation/index.js';

const now = 1_767_225_600.25;
const { strict, balanced, resilient } = policies;
const none = { kind: 'none' };

/** Generation 5, rotated 100 s ago: outside every preset's window. */
const idle: RotatingSession = {
  generation: 5,
  fork: 0,
  previousFork: 2,
  rotatedAt: now - 100,
  seen: false,
  createdAt: now - 5000,
  expiresAt: now + 5000,
  idleSeconds: 3000,
  revokedAt: null,
  epoch: 1,
  subjectEpoch: 1,
  boundKey: null,
};
const fresh = { ...idle, rotatedAt: now - 3 };
const bound = { ...idle, boundKey: 'jkt' };

const token = (generation: number, fork = 0, provenKey: string | null = null) => ({
  generation,
  fork,
  secretMatches: true,
  provenKey,
});
const current = token(5);
const predecessor = token(4, 2);
const stateOf = ({ generation, fork, previousFork, rotatedAt, seen }: RotatingSession) => ({
  generation,
  fork,
  previousFork,
  rotatedAt,
  seen,
});
const advanceTo = (to: object) => ({ kind: 'advance', to });

describe('one row of the table after the other', () => {
  test('a secret that is not that of the record is `forged`, and nothing changes', () => {
    expect(decide(idle, { ...current, secretMatches: false }, balanced, now)).toEqual({
      outcome: 'forged',
      change: none,
    });
  });

  test.each([null, 'another'])('a bound session with the proof %s is `wrong-key`', (provenKey) => {
    expect(decide(bound, token(5, 0, provenKey), balanced, now)).toEqual({
      outcome: 'wrong-key',
      change: none,
    });
  });

  test.each([strict, balanced])('the current token inside the window is `kept` without a write', (policy) => {
    const wide = { ...policy, windowSeconds: 10 };
    expect(decide(fresh, current, wide, now)).toEqual({ outcome: 'kept', change: none });
  });

  test('resilient: `kept` writes `seen`, once', () => {
    const seen = { ...stateOf(fresh), seen: true };
    expect(decide(fresh, current, resilient, now)).toEqual({ outcome: 'kept', change: advanceTo(seen) });
    expect(decide({ ...fresh, seen: true }, current, resilient, now)).toEqual({
      outcome: 'kept',
      change: none,
    });
  });

  test('the current token outside the window is `rotated`', () => {
    const session = { ...idle, fork: 3, seen: true };
    const to = { generation: 6, fork: 0, previousFork: 3, rotatedAt: now, seen: false };
    expect(decide(session, token(5, 3), balanced, now)).toEqual({
      outcome: 'rotated',
      change: advanceTo(to),
    });
    expect(rotated(session, now)).toEqual(to);
  });

  test('the first refresh after login is `rotated`, whatever the window', () => {
    const login = { ...idle, ...initialRotation, createdAt: now };
    expect(decide(login, token(0), { ...balanced, windowSeconds: 1e6 }, now).outcome).toBe('rotated');
  });

  test.each([
    ['generation', token(7, 4)],
    ['fork', token(5, 1)],
  ])('a token ahead by %s is `healed`', (_by, ahead) => {
    const { generation, fork } = ahead;
    const to = { generation, fork, previousFork: null, rotatedAt: now, seen: true };
    expect(decide(idle, ahead, strict, now)).toEqual({ outcome: 'healed', change: advanceTo(to) });
  });

  test('after `healed` any fork of the previous generation is the predecessor', () => {
    const healed = { ...fresh, previousFork: null };
    expect(decide(healed, token(4, 9), balanced, now).outcome).toBe('replayed');
  });

  test.each([0, 3, 4])('bound: generation %i, however old, is `replayed`', (generation) => {
    expect(decide(bound, token(generation, 0, 'jkt'), strict, now)).toEqual({
      outcome: 'replayed',
      change: none,
    });
  });

  test('the predecessor inside the window is `replayed`', () => {
    expect(decide(fresh, predecessor, balanced, now)).toEqual({ outcome: 'replayed', change: none });
  });

  test('resilient: the predecessor after the window, its successor unseen, is `forked`', () => {
    const to = { ...stateOf(idle), fork: 1, rotatedAt: now };
    expect(decide(idle, predecessor, resilient, now)).toEqual({ outcome: 'forked', change: advanceTo(to) });
  });

  test.each([
    ['the predecessor after the window, balanced', idle, predecessor, balanced],
    ['the predecessor after the window, its successor seen', { ...idle, seen: true }, predecessor, resilient],
    ['another fork of the previous generation', fresh, token(4, 1), resilient],
    ['a generation before the previous one', fresh, token(3, 2), resilient],
    ['the trap: an earlier fork of this generation', { ...fresh, fork: 1 }, token(5, 0), resilient],
    [
      'the predecessor, strict, at the instant of the rotation',
      { ...idle, rotatedAt: now },
      predecessor,
      strict,
    ],
  ])('`reused`: %s', (_case, session, presented, policy) => {
    expect(decide(session, presented, policy, now)).toEqual({
      outcome: 'reused',
      change: { kind: 'revoke-subject' },
    });
  });
});

describe('order of the checks', () => {
  const presentations = [
    current,
    predecessor,
    token(9),
    token(1),
    { ...current, secretMatches: false },
    token(5, 0, 'another'),
  ];
  const ends: [string, Partial<RotatingSession>, string][] = [
    ['revoked', { revokedAt: now - 1 }, 'revoked'],
    ['revoked in the future of this clock', { revokedAt: now + 60 }, 'revoked'],
    ['out of epoch', { subjectEpoch: 2 }, 'revoked'],
    ['revoked and expired', { revokedAt: now - 1, expiresAt: now - 1 }, 'revoked'],
    ['at its absolute end', { expiresAt: now }, 'expired'],
    ['at its idle end', { rotatedAt: now - 3, idleSeconds: 3 }, 'expired'],
    ['at its idle end, never rotated', { rotatedAt: null, createdAt: now - 3000 }, 'expired'],
  ];

  test.each(
    ends,
  )('a session that is %s answers nothing else, in no window and no policy', (_how, end, outcome) => {
    for (const policy of [strict, balanced, resilient, { ...resilient, windowSeconds: 1e9 }]) {
      for (const boundKey of [null, 'jkt']) {
        for (const presented of presentations) {
          expect(decide({ ...fresh, boundKey, ...end }, presented, policy, now)).toEqual({
            outcome,
            change: none,
          });
        }
      }
    }
  });

  test('a wrong secret comes before a wrong key, and a wrong key before the counters', () => {
    expect(decide(bound, { ...token(1), secretMatches: false }, balanced, now).outcome).toBe('forged');
    for (const presented of [token(1), token(5), token(9)]) {
      expect(decide(bound, presented, balanced, now).outcome).toBe('wrong-key');
    }
  });

  test('a bound session rotates, keeps and heals like a bearer session', () => {
    expect(decide(bound, token(5, 0, 'jkt'), balanced, now).outcome).toBe('rotated');
    expect(decide({ ...bound, rotatedAt: now }, token(5, 0, 'jkt'), balanced, now).outcome).toBe('kept');
    expect(decide(bound, token(6, 0, 'jkt'), balanced, now).outcome).toBe('healed');
  });

  test('a bearer session ignores a proof', () => {
    expect(decide(idle, token(5, 0, 'any'), balanced, now).outcome).toBe('rotated');
  });
});

describe('edges', () => {
  test('the window ends at its last instant, not after it', () => {
    const policy = { ...balanced, windowSeconds: 10 };
    expect(decide({ ...idle, rotatedAt: now - 9.75 }, predecessor, policy, now).outcome).toBe('replayed');
    expect(decide({ ...idle, rotatedAt: now - 10 }, predecessor, policy, now).outcome).toBe('reused');
    expect(decide({ ...idle, rotatedAt: now - 10 }, current, policy, now).outcome).toBe('rotated');
  });

  test('a clock that was set back counts as age 0: inside a window, outside window 0', () => {
    const ahead = { ...idle, rotatedAt: now + 3600 };
    expect(decide(ahead, predecessor, balanced, now).outcome).toBe('replayed');
    expect(decide(ahead, current, balanced, now).outcome).toBe('kept');
    expect(decide(ahead, current, strict, now).outcome).toBe('rotated');
  });

  test('after the last fork a late retry is reuse', () => {
    expect(maxFork).toBe(255);
    const lastButOne = { ...idle, fork: maxFork - 1 };
    const to = { ...stateOf(lastButOne), fork: maxFork, rotatedAt: now };
    expect(decide(lastButOne, predecessor, resilient, now)).toEqual({
      outcome: 'forked',
      change: advanceTo(to),
    });
    const last = { ...idle, fork: maxFork };
    expect(decide(last, predecessor, resilient, now)).toEqual({
      outcome: 'reused',
      change: { kind: 'revoke-subject' },
    });
    expect(decide({ ...last, rotatedAt: now - 1 }, predecessor, resilient, now).outcome).toBe('replayed');
  });

  test('a session at the last generation has reached its end, and still tells reuse', () => {
    const last = { ...idle, generation: maxGeneration };
    expect(decide(last, token(maxGeneration), balanced, now)).toEqual({ outcome: 'expired', change: none });
    expect(decide(last, token(maxGeneration - 2), balanced, now).outcome).toBe('reused');
    const before = { ...idle, generation: maxGeneration - 1 };
    expect(decide(before, token(maxGeneration - 1), balanced, now).outcome).toBe('rotated');
  });
});

describe('reactions', () => {
  test.each(['revoke-subject', 'revoke-session'] as const)('onReuse %s', (onReuse) => {
    expect(decide(idle, token(1), { ...balanced, onReuse }, now).change).toEqual({ kind: onReuse });
  });

  test.each([
    ['report', none],
    ['revoke-session', { kind: 'revoke-session' }],
    ['revoke-subject', { kind: 'revoke-subject' }],
  ] as const)('onWrongKey %s', (onWrongKey, change) => {
    expect(decide(bound, token(5), { ...balanced, onWrongKey }, now)).toEqual({
      outcome: 'wrong-key',
      change,
    });
  });

  test('the presets', () => {
    const reactions: Pick<Policy, 'onReuse' | 'onWrongKey'> = {
      onReuse: 'revoke-subject',
      onWrongKey: 'report',
    };
    expect(policies).toEqual({
      strict: { windowSeconds: 0, resilient: false, ...reactions },
      balanced: { windowSeconds: 10, resilient: false, ...reactions },
      resilient: { windowSeconds: 10, resilient: true, ...reactions },
    });
  });
});

test('tokens are handed out by five of the ten outcomes', () => {
  const granted: Readonly<Record<Outcome, boolean>> = {
    ...{ kept: true, rotated: true, healed: true, replayed: true, forked: true },
    ...{ revoked: false, expired: false, forged: false, 'wrong-key': false, reused: false },
  };
  for (const [outcome, expected] of Object.entries(granted)) {
    expect(isGranted(outcome as Outcome), outcome).toBe(expected);
  }
});

test('a refresh may change five members of a record', () => {
  expect(rotationOf(idle)).toEqual(stateOf(idle));
  expect(rotationOf({ ...idle, seen: true })).toEqual({ ...stateOf(idle), seen: true });
});
