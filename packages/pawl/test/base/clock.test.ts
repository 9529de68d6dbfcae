import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.js';

test('the clock of the machine shows epoch seconds', () => {
  const before = Date.now() / 1000;
  const shown = systemClock.now();
  expect(shown).toBeGreaterThanOrEqual(before);
  expect(shown).toBeLessThanOrEqual(Date.now() / 1000);
});
