import assert from 'node:assert/strict';
import type { SessionStore } from '../stores/session-store.js';
import type { Store } from '../stores/store.js';
import { forEachDrawing } from './for-each.js';
import type { StoreAccess } from './store-access.js';

/** How many connections race. */
export const connections = 4;

/** A store on a server waits more than it computes. */
const roundsAtOnce = 4;

/** One round of a race on fresh records, while other rounds race on theirs; throws when the outcome is not one of those that the test's name allows. */
export type Round<Raced> = (raced: readonly Raced[], access: StoreAccess) => Promise<void>;

/** Defines a test for a race. */
export function testRounds(access: StoreAccess, name: string, round: Round<Store>): void {
  access.runner.test(
    name,
    () =>
      access.withStores(connections, async (stores) => {
        await forEachDrawing(
          access.raceRounds,
          access.random,
          (random, count) => {
            // Another one goes first in each round.
            const turned = stores.map((_, index) => at(stores, index + count));
            return round(turned, { ...access, random });
          },
          roundsAtOnce,
        );
      }),
    120_000,
  );
}

/** Defines a test for each race on sessions. */
export function testSessionRounds(
  access: StoreAccess,
  races: Readonly<Record<string, Round<SessionStore>>>,
): void {
  for (const [name, round] of Object.entries(races)) {
    testRounds(access, name, (stores, own) =>
      round(
        stores.map(({ sessions }) => sessions),
        own,
      ),
    );
  }
}

/** One of those that race. */
export function at<Raced>(raced: readonly Raced[], index: number): Raced {
  const one = raced[index % raced.length];
  assert.ok(one !== undefined);
  return one;
}

/** Does a step this often at once, over all connections. */
export function atOnce<Value>(
  count: number,
  stores: readonly Store[],
  step: (store: Store, index: number) => Promise<Value>,
): Promise<Value[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => step(at(stores, index), index)));
}

/** Starts both at once, one or the other first; the results in the order of the arguments. */
export async function inEitherOrder<First, Second>(
  { random }: StoreAccess,
  first: () => Promise<First>,
  second: () => Promise<Second>,
): Promise<[First, Second]> {
  if (random.below(2) === 0) return Promise.all([first(), second()]);
  const [late, early] = await Promise.all([second(), first()]);
  return [early, late];
}
