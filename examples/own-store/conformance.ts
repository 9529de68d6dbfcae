/** The tests that every store of Pawl has to pass, on this one. */
import { describe, test } from 'node:test';
import { storeConformance } from 'pawl/testing';
import { createOwnStore } from './store.js';

let store = createOwnStore();
let recordsRead = 0;

const open = async () => (store = createOwnStore(() => (recordsRead += 1)));

storeConformance(
  {
    describe: (name, define) => void describe(name, define),
    test: (name, run, timeout = 60_000) => void test(name, { timeout }, run),
  },
  {
    open,
    // A store of one process has no second connection. A database opens one more to the same place.
    openAnother: async () => store,
    // It cannot hang either. A database is reached through something that keeps its answers back, and goes on with `release`.
    openStuck: async () => ({ store: await open(), release: async () => undefined }),
    // A database says how many rows it has fetched.
    recordsRead: async () => recordsRead,
    // What was opened goes with the process. In a database: drops the tables, or empties them.
    remove: async () => undefined,
  },
  { raceRounds: 20, modelRuns: 20 },
);
