import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  endOf,
  idleExpiresAt,
  initialRotation,
  isRevoked,
  isSameRotation,
  lastUsedAt,
  type Liveness,
  maxFork,
  maxGeneration,
  type RotationState,
  reauthenticated,
  rotated,
} from '../../src/rotation/session.js';

// Another seed each time; a failing one is repeated with PAWL_TEST_SEED.
const seed = Number(process.env['PAWL_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`PAWL_TEST_SEED=${seed}`);

const instant = fc.integer({ min: 0, max: 1000 });
const rotation = fc.record<RotationState>({
  generation: fc.nat({ max: maxGeneration }),
  fork: fc.nat({ max: maxFork }),
  previousFork: fc.option(fc.nat({ max: maxFork })),
  rotatedAt: fc.option(instant),
  seen: fc.boolean(),
  network: fc.constantFrom(null, 'home', 'away'),
});

const living: Liveness & Pick<RotationState, 'rotatedAt'> = {
  rotatedAt: 300,
  createdAt: 100,
  expiresAt: 1000,
  idleSeconds: 200,
  usedAt: null,
  revokedAt: null,
  epoch: 3,
  subjectEpoch: 3,
};

function always<Value>(values: fc.Arbitrary<Value>, property: (value: Value) => void): void {
  fc.assert(fc.property(values, property), { seed, numRuns: 2000 });
}

describe('the point of the rotation', () => {
  test('is the same for a record with the same six members, whatever else it holds', () => {
    always(rotation, (left) => {
      expect(isSameRotation(left, { ...left })).toBe(true);
      const record = { ...left, floor: 4, revokedAt: 5 };
      expect(isSameRotation(record, left)).toBe(true);
    });
  });

  test.each(
    Object.keys(initialRotation) as (keyof RotationState)[],
  )('is another when %s alone differs', (member) => {
    always(fc.tuple(rotation, rotation), ([left, other]) => {
      const right = { ...left, [member]: other[member] };
      const isSame = left[member] === right[member];
      expect(isSameRotation(left, right)).toBe(isSame);
      expect(isSameRotation(right, left)).toBe(isSame);
    });
  });

  test('of a login is the first of all', () => {
    expect(initialRotation).toEqual({
      generation: 0,
      fork: 0,
      previousFork: null,
      rotatedAt: null,
      seen: false,
      network: null,
    });
  });
});

describe('the end of a session', () => {
  test('is by revocation from the moment that somebody ended it, or its subject', () => {
    expect(isRevoked(living)).toBe(false);
    expect(isRevoked({ ...living, revokedAt: 0 })).toBe(true);
    expect(isRevoked({ ...living, subjectEpoch: 4 })).toBe(true);
    // A subject whose epoch the store lost: nobody ended this session.
    expect(isRevoked({ ...living, subjectEpoch: 2 })).toBe(false);
  });

  test('by idleness is counted from the last rotation, and before the first from the login', () => {
    expect(idleExpiresAt(living)).toBe(500);
    expect(idleExpiresAt({ ...living, rotatedAt: null })).toBe(300);
    expect(idleExpiresAt({ ...living, rotatedAt: 0 })).toBe(200);
  });

  test('by idleness is counted from the last use, where that is later', () => {
    expect(lastUsedAt(living)).toBe(300);
    expect(lastUsedAt({ ...living, usedAt: 299 })).toBe(300);
    expect(lastUsedAt({ ...living, usedAt: 301 })).toBe(301);
    expect(lastUsedAt({ ...living, rotatedAt: null })).toBe(100);
    expect(lastUsedAt({ ...living, rotatedAt: null, usedAt: 150 })).toBe(150);
    expect(idleExpiresAt({ ...living, usedAt: 350 })).toBe(550);
    expect(endOf({ ...living, usedAt: 350 }, 549.75)).toBeNull();
    expect(endOf({ ...living, usedAt: 350 }, 550)).toBe('expired');
  });

  test.each([
    ['idle', living, 500],
    ['idle since its login', { ...living, rotatedAt: null }, 300],
    ['absolute', { ...living, idleSeconds: 5000 }, 1000],
  ])('comes at its instant and not before: %s', (_kind, session, end) => {
    expect(endOf(session, end - 0.25)).toBeNull();
    expect(endOf(session, end)).toBe('expired');
    expect(endOf({ ...session, revokedAt: 400 }, end)).toBe('revoked');
    expect(endOf({ ...session, subjectEpoch: 4 }, end - 0.25)).toBe('revoked');
  });
});

describe('a login into the session', () => {
  test('rotates, and raises the floor to the new generation', () => {
    always(rotation, (before) => {
      const { floor, ...state } = reauthenticated(before, 500, 'away');
      expect(state).toEqual(rotated(before, 500, 'away'));
      expect(floor).toBe(state.generation);
      expect(floor).toBe(before.generation + 1);
    });
  });
});
