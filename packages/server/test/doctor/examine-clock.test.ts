import { describe, expect, test } from 'vitest';
import { examineClock } from '../../src/doctor/examine-clock.js';

describe('a clock', () => {
  test.each([
    [0.2, 'ok'],
    [-1.5, 'warn'],
    [29, 'warn'],
    [30, 'fail'],
    [-600, 'fail'],
    [null, 'warn'],
  ] as const)('that is %s s off is %s', (offset, state) => {
    expect(examineClock('Redis', offset).state).toBe(state);
  });

  test('is said to be ahead or behind, and what follows', () => {
    expect(examineClock('Redis', 2).text).toMatch(
      /^The clock of Redis is 2\.0 s ahead of this machine's\. Sessions follow the clock of Redis, .* access tokens follow this machine's/,
    );
    expect(examineClock('Redis', -600).text).toMatch(
      /is 600\.0 s behind .* proofs of possession are refused/,
    );
  });
});
