import { describe, expect, test } from 'vitest';
import { examineClock } from '../../src/doctor/examine-clock.js';

describe('a clock', () => {
  test.each([
    ['balanced', null, 0.2, 'ok'],
    ['balanced', null, -1.5, 'warn'],
    ['balanced', null, 5.5, 'fail'],
    ['balanced', null, -5.5, 'fail'],
    ['balanced', 2, 1.5, 'fail'],
    ['balanced', 60, 20, 'warn'],
    // Without a window there is nothing that a retry could miss.
    ['strict', null, 20, 'warn'],
    ['resilient', null, 20, 'fail'],
    ['balanced', null, null, 'warn'],
  ] as const)('under %s with a window of %s that is %s s off is %s', (policy, windowSeconds, offset, state) => {
    expect(examineClock('Redis', offset, { policy, windowSeconds }).state).toBe(state);
  });

  test('is said to be ahead or behind', () => {
    const config = { policy: 'balanced', windowSeconds: null } as const;
    expect(examineClock('Redis', 2, config).text).toMatch(/^The clock of Redis is 2\.0 s ahead of/);
    expect(examineClock('Redis', -2, config).text).toMatch(/is 2\.0 s behind/);
  });
});
