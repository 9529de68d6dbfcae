import { choose } from './available.js';
import { type Candidate, candidates } from './candidates.js';
import type { Options } from './options.js';
import { seededRandom, shuffled } from './seeded-random.js';
import { type Measurement, Stand } from './stand.js';

/** What a retired token is answered by the book. */
const refusal = '400 invalid_grant';

/** All rounds of one candidate, in the order in which they ran. */
export interface Series {
  readonly candidate: Candidate;
  readonly rounds: readonly Measurement[];
}

export interface Rounds {
  readonly series: readonly Series[];
  /** What a reader must know besides the figures, a sentence each. */
  readonly remarks: readonly string[];
}

/**
 * Measures the chosen candidates side by side: all of them run, one at a time is loaded, and in each round they take
 * their turns in another order, so that a change of the machine's speed meets all of them.
 */
export async function runRounds(
  options: Options,
  folder: string,
  say: (line: string) => void,
): Promise<Rounds> {
  const { candidates: chosen, missing } = choose(candidates, options.only);
  for (const sentence of missing) say(sentence);
  const remarks = [...missing];
  const measured = new Map<Candidate, Measurement[]>(chosen.map((candidate) => [candidate, []]));
  const stand = new Stand();
  try {
    await stand.add(chosen, { ...options, folder });
    if (options.warmUpSeconds > 0) {
      for (const { name } of chosen) await stand.measure(name, options.warmUpSeconds);
    }
    const random = seededRandom(options.seed);
    for (let round = 1; round <= options.rounds; round++) {
      for (const candidate of shuffled(chosen, random)) {
        measured.get(candidate)?.push(await stand.measure(candidate.name, options.roundSeconds));
      }
      say(`round ${round} of ${options.rounds}`);
    }
    for (const candidate of chosen.filter(({ expects }) => expects === 'rotated')) {
      const answer = await stand.checkReuse(candidate);
      if (answer !== refusal) remarks.push(`${candidate.name} answers a retired token with ${answer}.`);
    }
  } finally {
    await stand.close();
  }
  return { series: [...measured].map(([candidate, rounds]) => ({ candidate, rounds })), remarks };
}
