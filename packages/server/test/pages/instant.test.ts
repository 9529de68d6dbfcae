import { expect, test } from 'vitest';
import { absoluteTime, relativeTime } from '../../src/pages/instant.js';

const now = 1_800_000_000;

test.each([
  [-5, 'just now'],
  [0, 'just now'],
  [5, 'in less than a minute'],
  [-60, '1 minute ago'],
  [-3 * 3600, '3 hours ago'],
  [14 * 86_400 - 3, 'in 14 days'],
  [-60 * 86_400, '2 months ago'],
])('%i seconds from now is %s', (seconds, text) => {
  expect(relativeTime(now + seconds, now)).toBe(text);
});

test('an instant is written in UTC', () => {
  expect(absoluteTime(now)).toBe('15 Jan 2027, 08:00 UTC');
});
