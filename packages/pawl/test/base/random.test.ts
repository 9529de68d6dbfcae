import { describe, expect, test } from 'vitest';
import { createPooledRandom, type Random, randomFraction, systemRandom } from '../../src/base/random.js';

/** A source of these bytes, over and over. */
function repeating(...bytes: number[]): Random {
  return { bytes: (count) => Buffer.alloc(count, Buffer.from(bytes)) };
}

describe('the pool', () => {
  test('never gives the same bytes twice, over many refills and mixed sizes', () => {
    const random = createPooledRandom();
    const seen = new Set<string>();
    let drawn = 0;
    for (let round = 0; round < 20_000; round++) {
      const count = 12 + (round % 5) * 7;
      seen.add(random.bytes(count).toString('hex').slice(0, 24));
      drawn += 1;
    }
    expect(seen.size).toBe(drawn);
  });

  test.each([1, 4, 16, 32, 1000, 1024])('gives as many bytes as it was asked for: %i', (count) => {
    const random = createPooledRandom();
    for (let round = 0; round < 50; round++) expect(random.bytes(count)).toHaveLength(count);
  });

  test('is refilled where a draw does not fit, and never gives out wiped bytes', () => {
    const random = createPooledRandom();
    for (let round = 0; round < 200; round++) {
      // 1000 does not divide the pool: the last draw of each block would run over its end.
      expect(random.bytes(1000).subarray(-16)).not.toEqual(Buffer.alloc(16));
    }
  });

  test('gives bytes that the caller owns: wiping them does not reach later draws', () => {
    const random = createPooledRandom();
    random.bytes(64).fill(0);
    expect(random.bytes(64)).not.toEqual(Buffer.alloc(64));
  });

  test('is not shared: two pools differ', () => {
    expect(createPooledRandom().bytes(32)).not.toEqual(createPooledRandom().bytes(32));
  });

  test('draws every value of a byte about equally often', () => {
    const counts = new Uint32Array(256);
    for (let round = 0; round < 512; round++) {
      for (const byte of systemRandom.bytes(512)) counts[byte] = (counts[byte] ?? 0) + 1;
    }
    // 262,144 bytes: 1024 of each expected, standard deviation 32; 8 of them is out of reach of chance.
    expect(Math.min(...counts)).toBeGreaterThan(1024 - 256);
    expect(Math.max(...counts)).toBeLessThan(1024 + 256);
  });
});

describe('a fraction', () => {
  test('is at least 0', () => {
    expect(randomFraction(repeating(0))).toBe(0);
  });

  test('is below 1', () => {
    expect(randomFraction(repeating(0xff))).toBeLessThan(1);
    expect(randomFraction(repeating(0xff))).toBeGreaterThan(0.999_999_999);
  });

  test('is a half in the middle', () => {
    expect(randomFraction(repeating(0x80, 0, 0, 0))).toBe(0.5);
  });
});
