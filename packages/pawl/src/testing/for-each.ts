import { createSeededRandom, type SeededRandom } from './seeded-random.js';

/** Few enough that none waits for the deadline of a store. */
const stepsAtOnce = 20;

/** Runs a step for each number, some at once. */
export async function forEach(
  count: number,
  step: (index: number) => Promise<unknown>,
  atOnce: number = stepsAtOnce,
): Promise<void> {
  for (let start = 0; start < count; start += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - start) }, (_, index) => start + index);
    await Promise.all(some.map(step));
  }
}

/** As `forEach`; what a step draws does not depend on how long the others take. */
export function forEachDrawing(
  count: number,
  random: SeededRandom,
  step: (random: SeededRandom, index: number) => Promise<unknown>,
  atOnce?: number,
): Promise<void> {
  const seed = random.below(0x1_0000_0000);
  return forEach(count, (index) => step(createSeededRandom(seed + index), index), atOnce);
}
