import { expect, test } from 'vitest';
import { createFakeClock, createSeededRandom } from '../../src/testing/index.js';

test('a fake clock moves only when it is told to', () => {
  const clock = createFakeClock(100.5);
  expect([clock.now(), clock.now()]).toEqual([100.5, 100.5]);
  clock.advance(10);
  expect(clock.now()).toBe(110.5);
  clock.advance(-20);
  expect(clock.now()).toBe(90.5);
  clock.set(7);
  expect(clock.now()).toBe(7);
});

test('a seeded generator repeats itself for the same seed only', () => {
  const draw = (seed: number): string => createSeededRandom(seed).text(32);
  expect(draw(1)).toBe(draw(1));
  expect(draw(1)).not.toBe(draw(2));
});
