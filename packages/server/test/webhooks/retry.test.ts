import { expect, test } from 'vitest';
import { retries, retryDelaySeconds } from '../../src/webhooks/retry.js';

test('the attempts at one entry span most of a day', () => {
  let seconds = 0;
  for (let failures = 1; failures < retries.maxAttempts; failures += 1)
    seconds += retryDelaySeconds(failures, null, 0.5);
  expect(seconds).toBeGreaterThan(20 * 3600);
  expect(seconds).toBeLessThan(24 * 3600);
});

test('delays grow, are spread, and have an upper bound', () => {
  expect([0, 0.5, 1].map((random) => retryDelaySeconds(1, null, random))).toEqual([4, 5, 6]);
  for (const failures of [1, 5, 50, 1e9]) {
    const delay = retryDelaySeconds(failures, null, 1);
    expect(delay).toBeGreaterThan(0);
    expect(delay).toBeLessThanOrEqual(retries.maxDelaySeconds * 1.2);
  }
});

test('a receiver is left alone for as long as it asks, within the bound', () => {
  expect(retryDelaySeconds(1, 90, 0.5)).toBe(90);
  expect(retryDelaySeconds(3, 1, 0.5)).toBe(45);
  expect(retryDelaySeconds(1, 1e9, 0.5)).toBe(retries.maxDelaySeconds);
});
