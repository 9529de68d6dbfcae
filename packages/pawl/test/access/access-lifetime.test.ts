import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Random } from '../../src/base/random.js';
import { createSeededRandom } from '../../src/testing/seeded-random.js';
import { drawAccessLifetimeSeconds, leastAccessLifetimeSeconds } from '../../src/access/lifetime.js';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 0x1_0000_0000));

function seededRandom(): Random {
  const draws = createSeededRandom(seed);
  return { bytes: (count) => Buffer.from(Array.from({ length: count }, () => draws.below(256))) };
}

const constant = (byte: number): Random => ({ bytes: (count) => Buffer.alloc(count, byte) });

test('a lifetime is a whole number of seconds from 95 % to 100 %, and at least 1', () => {
  const random = seededRandom();
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000 }), (accessSeconds) => {
      const drawn = drawAccessLifetimeSeconds(accessSeconds, random);
      expect(Number.isInteger(drawn)).toBe(true);
      expect(drawn).toBeGreaterThanOrEqual(leastAccessLifetimeSeconds(accessSeconds));
      expect(drawn).toBeLessThanOrEqual(accessSeconds);
    }),
  );
});

test('the extremes are reached', () => {
  expect([1, 300, 301].map(leastAccessLifetimeSeconds)).toEqual([1, 285, 285]);
  expect(drawAccessLifetimeSeconds(300, constant(0))).toBe(300);
  expect(drawAccessLifetimeSeconds(300, constant(0xff))).toBe(285);
  expect(drawAccessLifetimeSeconds(1, constant(0xff))).toBe(1);
});

test(`lifetimes are spread evenly, seed ${seed}`, () => {
  const random = seededRandom();
  const buckets = new Map<number, number>();
  for (let draw = 0; draw < 30_000; draw++) {
    const lifetime = drawAccessLifetimeSeconds(1000, random);
    const bucket = Math.floor((999 - lifetime) / 5);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  }
  // Ten buckets of five seconds: 3000 draws each, standard deviation 52.
  const counts = [...buckets].filter(([bucket]) => bucket >= 0 && bucket < 10).map(([, count]) => count);
  expect(counts).toHaveLength(10);
  for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(8 * 52);
});
