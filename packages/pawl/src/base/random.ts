import { randomFillSync } from 'node:crypto';

/** A source of unpredictable bytes. */
export interface Random {
  /**
   * Returns `count` fresh bytes that the caller owns; `count` is from 1 to 1024.
   *
   * @throws RangeError for another count
   */
  bytes(count: number): Buffer;
}

const poolBytes = 8192;
const maxDrawBytes = 1024;

/** Draws from the operating system in blocks: one system call serves some hundred tokens. */
export function createPooledRandom(): Random {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return {
    bytes(count: number): Buffer {
      if (!(count >= 1 && count <= maxDrawBytes))
        throw new RangeError(`bytes() gives 1 to ${String(maxDrawBytes)} bytes`);
      if (used + count > poolBytes) {
        randomFillSync(pool);
        used = 0;
      }
      const drawn = Buffer.from(pool.subarray(used, used + count));
      // Wiped so that a later read of the pool reveals no secret that was already given out.
      pool.fill(0, used, used + count);
      used += count;
      return drawn;
    },
  };
}

/** The generator that everything uses unless a test hands in another. */
export const systemRandom: Random = createPooledRandom();

/** A number in [0, 1) with 32 bits of resolution. */
export function randomFraction(random: Random): number {
  return random.bytes(4).readUInt32BE(0) / 0x1_0000_0000;
}
