import { describe, expect, test } from 'vitest';
import { PawlError } from '../../src/errors.js';
import { resolveSchedule } from '../../src/keys/resolve-schedule.js';
import { defaultSchedule, type KeySchedule } from '../../src/keys/schedule.js';

/** Runs `read` and says which error came out. */
function failureOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof PawlError) return `${error.code}: ${error.message}`;
  }
  return 'none';
}

describe('the key schedule', () => {
  test('has defaults that pass its own rules', () => {
    expect(resolveSchedule({})).toEqual(defaultSchedule);
    expect(resolveSchedule({ rotateAccessEverySeconds: null }).rotateAccessEverySeconds).toBeNull();
  });

  test.each<[keyof KeySchedule, Partial<KeySchedule>]>([
    ['announceAccessSeconds', { announceAccessSeconds: 300 }],
    ['announceAccessSeconds', { jwksMaxAgeSeconds: 3600 }],
    ['announceRefreshSeconds', { announceRefreshSeconds: 0 }],
    ['retireAccessSeconds', { retireAccessSeconds: Number.NaN }],
    ['retireRefreshSeconds', { retireRefreshSeconds: Number.POSITIVE_INFINITY }],
    ['keepEndedSeconds', { keepEndedSeconds: -1 }],
    ['rotateRefreshEverySeconds', { rotateRefreshEverySeconds: 60 }],
    ['rotateAccessEverySeconds', { rotateAccessEverySeconds: 3599 }],
  ])('refuses a bad %s and names it', (name, schedule) => {
    expect(failureOf(() => resolveSchedule(schedule))).toMatch(new RegExp(`^option_invalid: .*${name}`));
  });

  test('refuses an option that it does not know', () => {
    const schedule: object = { rotateEvery: 5 };
    expect(failureOf(() => resolveSchedule(schedule))).toMatch(new RegExp(`^option_invalid: .*rotateEvery`));
  });
});
