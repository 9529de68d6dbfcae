import { afterAll, beforeAll, describe, test } from 'vitest';
import { postgresPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import type { Store } from '../../../src/stores/index.js';
import { openPostgresStore } from '../../../src/stores/postgres/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { createPool, createTables, emptyTables } from './database.js';

const { schema, ...server } = await postgresPlace();
const admin = createPool(server, { max: 1, options: '-c client_min_messages=warning' });
// Kept from test to test: a new connection is a new process of the server.
const pools = Array.from({ length: 4 }, () => createPool(server, { max: 4 }));
let opened = 0;

beforeAll(() => createTables(admin, schema));

afterAll(async () => {
  await Promise.all([admin, ...pools].map((pool) => pool.end()));
});

function openWith(index: number): Promise<Store> {
  const pool = pools[index % pools.length] as (typeof pools)[number];
  // Long, so that a busy machine is not taken for a failure.
  return openPostgresStore({ pool, schema, deadlineSeconds: 30 });
}

storeConformance(
  { describe, test },
  {
    async open() {
      await emptyTables(admin, schema);
      opened = 0;
      return openWith(opened);
    },
    openAnother: () => openWith((opened += 1)),
  },
);
