/** Draws that are the same for the same seed. For tests only: they can be foretold. */
export interface SeededRandom {
  /** A whole number from 0 to `limit - 1`. */
  below(limit: number): number;
  pick<Value>(values: readonly Value[]): Value;
  /** `count` bytes, base64url. */
  text(count: number): string;
}

/** Creates a generator (mulberry32) from a 32-bit seed. */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  function below(limit: number): number {
    return next() % limit;
  }

  return {
    below,
    pick<Value>(values: readonly Value[]): Value {
      return values[below(values.length)] as Value;
    },
    text: (count) => Buffer.from(Array.from({ length: count }, () => below(256))).toString('base64url'),
  };
}
