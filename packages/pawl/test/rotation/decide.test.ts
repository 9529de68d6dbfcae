import { describe, expect, test } from 'vitest';
import {
  type Binding,
  type Decision,
  decide,
  maxGeneration,
  noOutages,
  type Policy,
  type Presented,
  type PresentedToken,
  policies,
  type RotatingSession,
  rotated,
  rotationOf,
  unbound,
} from '../../src/rotation/index.js';
import { initialRotation, maxFork } from '../../src/rotation/session.js';
import { isGranted, type Outcome } from '../../src/rotation/decide.js';
import type { Change } from '../../src/rotation/change.js';

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
  network: 'home',
  createdAt: now - 5000,
  expiresAt: now + 5000,
  idleSeconds: 3000,
  usedAt: null,
  revokedAt: null,
  epoch: 1,
  subjectEpoch: 1,
  binding: unbound,
  floor: 0,
};
const fresh = { ...idle, rotatedAt: now - 3 };
const key: Binding = { kind: 'dpop', jkt: 'jkt' };
const another: Binding = { kind: 'dpop', jkt: 'another' };
const bound = { ...idle, binding: key };

const token = (generation: number, fork = 0, proof: Binding = unbound): PresentedToken => ({
  kind: 'token',
  generation,
  fork,
  secretMatches: true,
  clientMatches: true,
  proof,
  mayChangeKey: false,
  network: 'away',
});
const current = token(5);
const predecessor = token(4, 2);
const stateOf = ({ generation, fork, previousFork, rotatedAt, seen, network }: RotatingSession) => ({
  generation,
  fork,
  previousFork,
  rotatedAt,
  seen,
  network,
});
const advanceTo = (to: object) => ({ kind: 'advance', to });

/** What is decided while no outage is known; the window of it is tested in `decide.outages.test.ts`. */
function ruled(
  session: RotatingSession,
  presented: Presented,
  policy: Policy,
  at: number,
): { readonly outcome: Outcome; readonly change: Change } {
  const { outcome, change } = decide(session, presented, policy, at, { known: noOutages, maxSeconds: 900 });
  return { outcome, change };
}

describe('one row of the table after the other', () => {
  test('a secret that is not that of the record is `forged`, and nothing changes', () => {
    expect(ruled(idle, { ...current, secretMatches: false }, balanced, now)).toEqual({
      outcome: 'forged',
      change: none,
    });
  });

  test.each([
    unbound,
    another,
    { ...key, kind: 'cookie' as const },
    { ...key, kind: 'browser' as const },
  ])('a bound session with the proof %o is `wrong-key`', (proof) => {
    expect(ruled(bound, token(5, 0, proof), balanced, now)).toEqual({
      outcome: 'wrong-key',
      change: none,
    });
  });

  test.each([strict, balanced])('the current token inside the window is `kept` without a write', (policy) => {
    const wide = { ...policy, windowSeconds: 10 };
    expect(ruled(fresh, current, wide, now)).toEqual({ outcome: 'kept', change: none });
  });

  test('resilient: `kept` writes `seen`, once', () => {
    const seen = { ...stateOf(fresh), seen: true };
    expect(ruled(fresh, current, resilient, now)).toEqual({ outcome: 'kept', change: advanceTo(seen) });
    expect(ruled({ ...fresh, seen: true }, current, resilient, now)).toEqual({
      outcome: 'kept',
      change: none,
    });
  });

  test('the current token outside the window is `rotated`', () => {
    const session = { ...idle, fork: 3, seen: true };
    const to = { generation: 6, fork: 0, previousFork: 3, rotatedAt: now, seen: false, network: 'away' };
    expect(ruled(session, token(5, 3), balanced, now)).toEqual({
      outcome: 'rotated',
      change: advanceTo(to),
    });
    expect(rotated(session, now, 'away')).toEqual(to);
  });

  test('the first refresh after login is `rotated`, whatever the window', () => {
    const login = { ...idle, ...initialRotation, createdAt: now };
    expect(ruled(login, token(0), { ...balanced, windowSeconds: 1e6 }, now).outcome).toBe('rotated');
  });

  test.each([
    ['generation', token(7, 4)],
    ['fork', token(5, 1)],
  ])('a token ahead by %s is `healed`', (_by, ahead) => {
    const { generation, fork } = ahead;
    const to = { generation, fork, previousFork: null, rotatedAt: now, seen: true, network: 'away' };
    expect(ruled(idle, ahead, strict, now)).toEqual({ outcome: 'healed', change: advanceTo(to) });
  });

  test('after `healed` any fork of the previous generation is the predecessor', () => {
    const healed = { ...fresh, previousFork: null };
    expect(ruled(healed, token(4, 9), balanced, now).outcome).toBe('replayed');
  });

  test.each([0, 3, 4])('bound: generation %i, however old, is `replayed`', (generation) => {
    expect(ruled(bound, token(generation, 0, key), strict, now)).toEqual({
      outcome: 'replayed',
      change: none,
    });
  });

  test('the predecessor inside the window is `replayed`', () => {
    expect(ruled(fresh, predecessor, balanced, now)).toEqual({ outcome: 'replayed', change: none });
  });

  test('resilient: the predecessor after the window, its successor unseen, is `forked`', () => {
    const to = { ...stateOf(idle), fork: 1, rotatedAt: now, network: 'away' };
    expect(ruled(idle, predecessor, resilient, now)).toEqual({ outcome: 'forked', change: advanceTo(to) });
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
    expect(ruled(session, presented, policy, now)).toEqual({
      outcome: 'reused',
      change: { kind: 'revoke-subject' },
    });
  });
});

describe('the client', () => {
  const foreign = { ...current, clientMatches: false };

  test("another client than the session's is `wrong-client`, whatever the token, and nothing changes", () => {
    for (const presented of [foreign, { ...foreign, generation: 1 }, { ...foreign, generation: 9 }]) {
      expect(ruled(idle, presented, balanced, now)).toEqual({ outcome: 'wrong-client', change: none });
    }
  });

  test('is asked for after the secret and before the key', () => {
    expect(ruled(bound, { ...foreign, secretMatches: false }, balanced, now).outcome).toBe('forged');
    expect(ruled(bound, foreign, { ...balanced, onWrongKey: 'subject' }, now)).toEqual({
      outcome: 'wrong-client',
      change: none,
    });
  });
});

describe('the key of an authenticated client', () => {
  const changing = { ...token(5, 0, another), mayChangeKey: true };

  test("may be another DPoP key than the record's", () => {
    expect(ruled(bound, changing, balanced, now).outcome).toBe('rotated');
    expect(ruled(bound, { ...changing, generation: 1 }, strict, now).outcome).toBe('replayed');
  });

  test('is a DPoP key all the same, and for a session of a DPoP key only', () => {
    expect(ruled(bound, { ...changing, proof: unbound }, balanced, now).outcome).toBe('wrong-key');
    expect(ruled(bound, { ...changing, proof: { kind: 'cookie', jkt: 'jkt' } }, balanced, now).outcome).toBe(
      'wrong-key',
    );
    for (const kind of ['cookie', 'browser'] as const) {
      const session: RotatingSession = { ...idle, binding: { kind, jkt: 'jkt' } };
      expect(ruled(session, changing, balanced, now).outcome).toBe('wrong-key');
      expect(ruled(session, { ...changing, proof: session.binding }, balanced, now).outcome).toBe('rotated');
    }
  });
});

describe('a token from before the owner logged in again', () => {
  const floored = { ...fresh, generation: 8, floor: 7 };

  test.each([
    0, 5, 6,
  ])('generation %i, below the floor, is `superseded`, and nothing changes', (generation) => {
    for (const policy of [strict, balanced, resilient]) {
      for (const session of [floored, { ...floored, rotatedAt: now - 100 }]) {
        expect(ruled(session, token(generation), policy, now)).toEqual({
          outcome: 'superseded',
          change: none,
        });
      }
    }
  });

  test('is so for a bound session too, after its key', () => {
    const session = { ...floored, binding: key };
    expect(ruled(session, token(6, 0, key), balanced, now).outcome).toBe('superseded');
    expect(ruled(session, token(6), balanced, now).outcome).toBe('wrong-key');
  });

  test('the floor itself, and what lies above, is judged as ever', () => {
    expect(ruled(floored, token(7, 2), balanced, now).outcome).toBe('replayed');
    expect(ruled(floored, token(7, 1), balanced, now).outcome).toBe('reused');
    expect(ruled({ ...floored, generation: 9 }, token(7), balanced, now).outcome).toBe('reused');
    expect(ruled(floored, token(8), balanced, now).outcome).toBe('kept');
    expect(ruled(floored, token(9), balanced, now).outcome).toBe('healed');
  });

  test('the predecessor that was current at the login is no retry, at the same instant', () => {
    const session = { ...idle, generation: 6, floor: 6, previousFork: 0, rotatedAt: now };
    expect(ruled(session, token(5), resilient, now).outcome).toBe('superseded');
  });
});

describe('order of the checks', () => {
  const presentations = [
    current,
    predecessor,
    token(9),
    token(1),
    { ...current, secretMatches: false },
    token(5, 0, another),
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
      for (const binding of [unbound, key]) {
        for (const presented of presentations) {
          expect(ruled({ ...fresh, binding, ...end }, presented, policy, now)).toEqual({
            outcome,
            change: none,
          });
        }
      }
    }
  });

  test('a wrong secret comes before a wrong key, and a wrong key before the counters', () => {
    expect(ruled(bound, { ...token(1), secretMatches: false }, balanced, now).outcome).toBe('forged');
    for (const presented of [token(1), token(5), token(9)]) {
      expect(ruled(bound, presented, balanced, now).outcome).toBe('wrong-key');
    }
  });

  test('a bound session rotates, keeps and heals like a bearer session', () => {
    expect(ruled(bound, token(5, 0, key), balanced, now).outcome).toBe('rotated');
    expect(ruled({ ...bound, rotatedAt: now }, token(5, 0, key), balanced, now).outcome).toBe('kept');
    expect(ruled(bound, token(6, 0, key), balanced, now).outcome).toBe('healed');
  });

  test('a bearer session ignores a proof', () => {
    expect(ruled(idle, token(5, 0, another), balanced, now).outcome).toBe('rotated');
  });
});

describe('edges', () => {
  test('the window ends at its last instant, not after it', () => {
    const policy = { ...balanced, windowSeconds: 10 };
    expect(ruled({ ...idle, rotatedAt: now - 9.75 }, predecessor, policy, now).outcome).toBe('replayed');
    expect(ruled({ ...idle, rotatedAt: now - 10 }, predecessor, policy, now).outcome).toBe('reused');
    expect(ruled({ ...idle, rotatedAt: now - 10 }, current, policy, now).outcome).toBe('rotated');
  });

  test('a clock that was set back counts as age 0: inside a window, outside window 0', () => {
    const ahead = { ...idle, rotatedAt: now + 3600 };
    expect(ruled(ahead, predecessor, balanced, now).outcome).toBe('replayed');
    expect(ruled(ahead, current, balanced, now).outcome).toBe('kept');
    expect(ruled(ahead, current, strict, now).outcome).toBe('rotated');
  });

  test('after the last fork a late retry is reuse', () => {
    expect(maxFork).toBe(255);
    const lastButOne = { ...idle, fork: maxFork - 1 };
    const to = { ...stateOf(lastButOne), fork: maxFork, rotatedAt: now, network: 'away' };
    expect(ruled(lastButOne, predecessor, resilient, now)).toEqual({
      outcome: 'forked',
      change: advanceTo(to),
    });
    const last = { ...idle, fork: maxFork };
    expect(ruled(last, predecessor, resilient, now)).toEqual({
      outcome: 'reused',
      change: { kind: 'revoke-subject' },
    });
    expect(ruled({ ...last, rotatedAt: now - 1 }, predecessor, resilient, now).outcome).toBe('replayed');
  });

  test('a session at the last generation has reached its end, and still tells reuse', () => {
    const last = { ...idle, generation: maxGeneration };
    expect(ruled(last, token(maxGeneration), balanced, now)).toEqual({ outcome: 'expired', change: none });
    expect(ruled(last, token(maxGeneration - 2), balanced, now).outcome).toBe('reused');
    const before = { ...idle, generation: maxGeneration - 1 };
    expect(ruled(before, token(maxGeneration - 1), balanced, now).outcome).toBe('rotated');
  });
});

describe('reactions', () => {
  test.each(['subject', 'session'] as const)('onReuse %s', (onReuse) => {
    expect(ruled(idle, token(1), { ...balanced, onReuse }, now).change).toEqual({
      kind: `revoke-${onReuse}`,
    });
  });

  test.each([
    ['report', none],
    ['session', { kind: 'revoke-session' }],
    ['subject', { kind: 'revoke-subject' }],
  ] as const)('onWrongKey %s', (onWrongKey, change) => {
    expect(ruled(bound, token(5), { ...balanced, onWrongKey }, now)).toEqual({
      outcome: 'wrong-key',
      change,
    });
  });

  test('the presets', () => {
    const reactions: Pick<Policy, 'onReuse' | 'onWrongKey'> = {
      onReuse: 'subject',
      onWrongKey: 'report',
    };
    expect(policies).toEqual({
      strict: { windowSeconds: 0, resilient: false, ...reactions },
      balanced: { windowSeconds: 10, resilient: false, ...reactions },
      resilient: { windowSeconds: 10, resilient: true, ...reactions },
    });
  });
});

test('tokens are handed out by five of the thirteen outcomes', () => {
  const granted: Readonly<Record<Outcome, boolean>> = {
    ...{ kept: true, rotated: true, healed: true, replayed: true, forked: true },
    ...{ revoked: false, expired: false, forged: false, 'wrong-client': false, 'wrong-key': false },
    ...{ superseded: false, spent: false, reused: false },
  };
  for (const [outcome, expected] of Object.entries(granted)) {
    expect(isGranted({ outcome } as Decision), outcome).toBe(expected);
  }
});

test('a refresh may change six members of a record', () => {
  expect(rotationOf(idle)).toEqual(stateOf(idle));
  expect(rotationOf({ ...idle, seen: true })).toEqual({ ...stateOf(idle), seen: true });
});
