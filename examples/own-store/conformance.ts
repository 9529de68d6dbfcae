/** The tests that every store of Pawl has to pass, on this one. */
import { describe, test } from 'node:test';
import { storeConformance } from 'pawl/testing';
import { createOwnStore } from './store.js';

let store = createOwnStore();

storeConformance(
  {
    describe: (name, define) => void describe(name, define),
    test: (name, run, timeout = 60_000) => void test(name, { timeout }, run),
  },
  {
    open: async () => {
      store = createOwnStore();
      return store;
    },
    // A store of one process has no second connection. A database opens one more to the same place.
    openAnother: async () => store,
  },
  { raceRounds: 20, modelRuns: 20 },
);
