import { compareTokens, isGranted, type State, type Step, type Token } from './world.js';

export type Judgement<Memory> =
  | { readonly holds: true; readonly memory: Memory }
  | { readonly holds: false; readonly because: string };

/** A statement about every run, judged step by step. */
export interface Claim<Memory> {
  readonly start: Memory;
  /** @param before - the state that the step left */
  judge(memory: Memory, step: Step, before: State): Judgement<Memory>;
  /** What the memory adds to the identity of a state. */
  keyOf(memory: Memory, age: (at: number | null) => number, base: number): readonly number[];
}

/** T1, T3, T5: no request of the client is ever called reuse. Worlds without a thief. */
export const neverReused: Claim<null> = {
  start: null,
  judge: (_memory, { verdict }) =>
    verdict?.outcome === 'reused' ? broken('an honest request was called reuse') : kept(null),
  keyOf: () => [],
};

/** T2: the same, and no request of the thief is granted. */
export const thiefGetsNothing: Claim<null> = {
  start: null,
  judge: (_memory, { verdict }) => {
    if (verdict?.outcome === 'reused')
      return broken('somebody was called a thief, and the client is logged out');
    if (verdict?.by === 'thief' && isGranted(verdict.outcome)) return broken('the thief was given tokens');
    return kept(null);
  },
  keyOf: () => [],
};

/** Who was served since the theft. */
export interface Served {
  readonly client: boolean;
  readonly thief: boolean;
}

/** T4 in a strict policy: after the theft only one of the two is ever given anything. */
export const oneIsServed: Claim<Served> = sinceTheft('after the theft, both were given tokens', () => true);

/** T4: after the theft only one of the two ever redeems a token newer than the stolen one. */
export const oneContinues: Claim<Served> = sinceTheft(
  'after the theft, both redeemed tokens newer than the stolen one',
  (verdict, stolen) => compareTokens(verdict.presented, stolen) > 0,
);

/** T4 by the letter: after the theft only one of the two ever has the outcome `rotated`. */
export const oneRotates: Claim<Served> = sinceTheft(
  'after the theft, both rotated',
  (verdict) => verdict.outcome === 'rotated',
);

function sinceTheft(
  because: string,
  counts: (verdict: NonNullable<Step['verdict']>, stolen: Token) => boolean,
): Claim<Served> {
  return {
    start: { client: false, thief: false },
    judge: (memory, { verdict }, before) => {
      const stolen = before.loot?.[0];
      if (stolen === undefined || verdict === null || !isGranted(verdict.outcome)) return kept(memory);
      if (memory[verdict.by] || !counts(verdict, stolen)) return kept(memory);
      return memory.client || memory.thief ? broken(because) : kept({ ...memory, [verdict.by]: true });
    },
    keyOf: ({ client, thief }) => [Number(client) + 2 * Number(thief)],
  };
}

/** What was redeemed so far, and when the current token last changed. */
export interface Progress {
  readonly newest: Token | null;
  readonly changedAt: number | null;
}

/** P2: outside the window, a token older than one that was already redeemed is never granted, at any age. */
export const retiredStaysRetired = (windowSeconds: number): Claim<Progress> => ({
  start: { newest: null, changedAt: null },
  judge: (memory, { state, verdict }) => {
    if (verdict === null || !isGranted(verdict.outcome)) return kept(memory);
    const { newest, changedAt } = memory;
    const isOlder = newest !== null && compareTokens(verdict.presented, newest) < 0;
    const inWindow = changedAt !== null && state.now - changedAt < windowSeconds;
    if (isOlder && !inWindow) return broken('a retired token was granted outside the window');
    const changes = !['kept', 'replayed'].includes(verdict.outcome);
    return kept({
      newest: isOlder ? newest : verdict.presented,
      changedAt: changes ? state.now : changedAt,
    });
  },
  keyOf: ({ newest, changedAt }, age, base) => [
    ...(newest === null ? [0, 0] : [1 + newest.generation - base, newest.fork]),
    age(changedAt),
  ],
});

function kept<Memory>(memory: Memory): Judgement<Memory> {
  return { holds: true, memory };
}

function broken<Memory>(because: string): Judgement<Memory> {
  return { holds: false, because };
}
