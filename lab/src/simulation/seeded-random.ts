import { createHash } from 'node:crypto';
import type { Random } from 'pawl';

/** Bytes that look random and are the same for the same seed. Never for keys that guard anything real. */
export function createSeededRandom(seed: string): Random {
  let block = Buffer.alloc(0);
  let blocks = 0;
  return {
    bytes(count) {
      while (block.length < count) {
        const next = createHash('sha256').update(`${seed}\0${blocks}`).digest();
        block = Buffer.concat([block, next]);
        blocks += 1;
      }
      const drawn = Buffer.from(block.subarray(0, count));
      block = block.subarray(count);
      return drawn;
    },
  };
}

/** A number from `least` up to, not including, `most`. */
export function between(random: Random, least: number, most: number): number {
  return least + (random.bytes(4).readUInt32BE(0) / 0x1_0000_0000) * (most - least);
}
