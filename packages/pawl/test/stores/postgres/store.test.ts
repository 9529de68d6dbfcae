import type pg from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../../../testbed/src/postgres-server.js';
import type { Store } from '../../../src/stores/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { createPool, createTables, openOwnPool } from './database.js';

let server: PostgresServer;
let admin: pg.Pool;

beforeAll(async () => {
  server = await startPostgres({ settings: ['fsync=off'] });
  admin = createPool(server, { max: 1, options: '-c client_min_messages=warning' });
});

afterAll(async () => {
  await admin.end();
  await server.remove();
});

function openAnother(): Promise<Store> {
  // Long, so that a busy machine is not taken for a failure.
  return openOwnPool(server, { deadlineSeconds: 30 }, { max: 4 });
}

storeConformance(
  { describe, test },
  {
    open: async () => {
      await createTables(admin);
      return openAnother();
    },
    openAnother,
  },
);
