import assert from 'node:assert/strict';
import type { SessionStore } from '../stores/session-store.js';
import type { Store } from '../stores/store.js';
import type { StoreAccess } from './store-conformance.js';

/** How many connections race. */
export const connections = 4;

/** One round of a race on fresh records; throws when the outcome is not one of those that the test's name allows. */
export type Round = (stores: readonly SessionStore[], access: StoreAccess) => Promise<void>;

/** Defines a test for each race. */
export function testRounds(access: StoreAccess, races: Readonly<Record<string, Round>>): void {
  for (const [name, round] of Object.entries(races)) {
    access.runner.test(
      name,
      () =>
        access.withStores(connections, async (stores) => {
          for (let count = 0; count < access.raceRounds; count += 1) {
            // Another one goes first in each round.
            const turned = stores.map((_, index) => stores[(index + count) % stores.length] as Store);
            await round(
              turned.map(({ sessions }) => sessions),
              access,
            );
          }
        }),
      120_000,
    );
  }
}

/** One of the stores. */
export function at(stores: readonly SessionStore[], index: number): SessionStore {
  const store = stores[index % stores.length];
  assert.ok(store);
  return store;
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
