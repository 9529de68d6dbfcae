import type { Store } from '../stores/store.js';
import type { SeededRandom } from './seeded-random.js';
import type { TestRunner } from './test-runner.js';

/** How the suite reaches the store under test. It opens one place at a time. */
export interface StoreOpener {
  /** Opens a store on a fresh, empty place. */
  readonly open: () => Promise<Store>;
  /** Opens one more connection to the place of the latest `open`; for a store without connections the same object. */
  readonly openAnother: () => Promise<Store>;
  /** Opens a store, with a deadline of half a second or so, on a fresh place that takes calls and answers none. */
  readonly openStuck: () => Promise<StuckStore>;
  /**
   * How many records of sessions were read at the latest place up to now, whoever asked: rows that the database fetched, values that a script
   * or this process looked up. Only differences count.
   */
  readonly recordsRead: () => Promise<number>;
  /** Removes the latest place, with all that was written there. Its stores are closed by then. */
  readonly remove: () => Promise<void>;
}

/** A store whose place does not answer. Who keeps everything in its own process cannot hang, and gives a store that answers. */
export interface StuckStore {
  readonly store: Store;
  /** Lets the place answer again. Called more than once. */
  readonly release: () => Promise<void>;
}

/** What one group of tests works with. */
export interface StoreAccess {
  readonly runner: TestRunner;
  readonly opener: StoreOpener;
  readonly random: SeededRandom;
  readonly raceRounds: number;
  readonly modelRuns: number;
  /** Runs `check` with `connections` stores on one fresh place, closes them, and removes the place. */
  readonly withStores: (
    connections: number,
    check: (stores: readonly Store[]) => Promise<void>,
  ) => Promise<void>;
  /** Runs `check` with one store on a fresh place, closes it, and removes the place. */
  readonly withStore: (check: (store: Store) => Promise<void>) => Promise<void>;
}
