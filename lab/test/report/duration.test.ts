import { describe, expect, test } from 'vitest';
import { describeDuration, describeInstant } from '../../src/report/duration.js';

describe('durations', () => {
  test.each([
    [0.2, '0 s'],
    [119, '119 s'],
    [290, '5 min'],
    [3590, '1 h'],
    [5400, '90 min'],
    [36_100, '10 h'],
    [2_591_000, '30 d'],
  ])('of %d s read %s', (seconds, text) => {
    expect(describeDuration(seconds)).toBe(text);
  });

  test('since the start of a story read like a clock', () => {
    expect(describeInstant(0)).toBe('00:00:00');
    expect(describeInstant(3661.9)).toBe('01:01:01');
    expect(describeInstant(86_400 * 2 + 5)).toBe('day 3 00:00:05');
  });
});
