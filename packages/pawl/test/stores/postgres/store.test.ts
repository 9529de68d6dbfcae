import { afterAll, describe, test } from 'vitest';
import { postgresPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import type { Store } from '../../../src/stores/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { createPool, createTables, openOwnPool } from './database.js';

const { schema, ...server } = await postgresPlace();
const admin = createPool(server, { max: 1, options: '-c client_min_messages=warning' });

afterAll(() => admin.end());

function openAnother(): Promise<Store> {
  // Long, so that a busy machine is not taken for a failure.
  return openOwnPool(server, { schema, deadlineSeconds: 30 }, { max: 4 });
}

storeConformance(
  { describe, test },
  {
    open: async () => {
      await createTables(admin, schema);
      return openAnother();
    },
    openAnother,
  },
);
