import { describe, test, vi } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory/index.js';
import { Records } from '../../../src/stores/memory/records.js';
import { storeConformance } from '../../../src/testing/index.js';

let store = createMemoryStore();
const find = vi.spyOn(Records.prototype, 'find');

function open() {
  store = createMemoryStore();
  return Promise.resolve(store);
}

storeConformance(
  { describe, test },
  {
    open,
    openAnother: () => Promise.resolve(store),
    openStuck: async () => ({ store: await open(), release: () => Promise.resolve() }),
    recordsRead: () => Promise.resolve(find.mock.calls.length),
    remove: () => Promise.resolve(),
  },
);
