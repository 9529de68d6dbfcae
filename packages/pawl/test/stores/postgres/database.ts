import pg from 'pg';
import type { PostgresServer } from '../../../../../testbed/src/postgres-server.js';
import type { Store } from '../../../src/stores/index.js';
import {
  migratePostgres,
  openPostgresStore,
  type PostgresStoreOptions,
} from '../../../src/stores/postgres/index.js';

/** A pool of the application's, as its documentation says one is made. */
export function createPool(
  { host, port, user, database }: PostgresServer,
  config: pg.PoolConfig = {},
): pg.Pool {
  const pool = new pg.Pool({ host, port, user, database, ...config });
  // Connections that are being closed when their server ends.
  pool.on('error', () => undefined);
  return pool;
}

/** Opens a store with a pool that ends with it. */
export async function openOwnPool(
  server: PostgresServer,
  options: Omit<PostgresStoreOptions, 'pool'> = {},
  config: pg.PoolConfig = {},
): Promise<Store> {
  const pool = createPool(server, config);
  const store = await openPostgresStore({ pool, ...options });
  return {
    ...store,
    close: async () => {
      await store.close();
      if (!pool.ended) await pool.end();
    },
  };
}

/** Creates the tables in a new schema, in the place of what was there. */
export async function createTables(pool: pg.Pool, schema = 'pawl'): Promise<void> {
  await pool.query(`drop schema if exists ${schema} cascade`);
  await migratePostgres({ pool, schema });
}
