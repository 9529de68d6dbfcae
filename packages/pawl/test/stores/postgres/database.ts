import pg from 'pg';
import type { PostgresServer } from '../../../../../testbed/src/postgres-server.js';
import { postgresPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import type { Store } from '../../../src/stores/index.js';
import {
  migratePostgres,
  openPostgresStore,
  type PostgresStoreOptions,
} from '../../../src/stores/postgres/index.js';

/** What a pool needs of a server. */
export type PostgresDatabase = Pick<PostgresServer, 'host' | 'port' | 'user' | 'database'>;

/** A pool of the application's, as its documentation says one is made. */
export function createPool(
  { host, port, user, database }: PostgresDatabase,
  config: pg.PoolConfig = {},
): pg.Pool {
  const pool = new pg.Pool({ host, port, user, database, ...config });
  // Connections that are being closed when their server ends.
  pool.on('error', () => undefined);
  return pool;
}

/** Opens a store with a pool that ends with it. */
export async function openOwnPool(
  server: PostgresDatabase,
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

/** Empties every table but that of the migrations, which is quicker than making them anew. */
export async function emptyTables(pool: pg.Pool, schema: string): Promise<void> {
  const { rows } = await pool.query<{ names: string }>(
    `select string_agg(format('%I.%I', schemaname, tablename), ', ') as names
    from pg_tables where schemaname = $1 and tablename <> 'migrations'`,
    [schema],
  );
  await pool.query(`truncate ${rows[0]?.names ?? ''} restart identity`);
}

/** A database of this file on the shared server, for tests of what belongs to a database: its schemas by their default name, its counters. */
export async function createDatabase(): Promise<PostgresDatabase> {
  const { schema, ...server } = await postgresPlace();
  const pool = createPool(server, { max: 1 });
  await pool.query(`create database ${schema}`);
  await pool.end();
  return { ...server, database: schema };
}
