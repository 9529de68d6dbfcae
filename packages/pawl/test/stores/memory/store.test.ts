import { describe, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory/index.js';
import { storeConformance } from '../../../src/testing/index.js';

let store = createMemoryStore();

storeConformance(
  { describe, test },
  {
    open: () => {
      store = createMemoryStore();
      return Promise.resolve(store);
    },
    openAnother: () => Promise.resolve(store),
  },
);
