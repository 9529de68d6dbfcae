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

/** Empties the tables that hold something, but for that of the migrations: quicker than making them anew. */
export async function emptyTables(pool: pg.Pool, schema: string): Promise<void> {
  await pool.query(`do $$
    declare
      v_name text;
      v_holds boolean;
    begin
      for v_name in
        select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = '${schema}' and tablename <> 'migrations'
      loop
        execute 'select exists (select from ' || v_name || ')' into v_holds;
        if v_holds then execute 'truncate ' || v_name || ' restart identity cascade'; end if;
      end loop;
    end $$`);
}

/** How many rows of sessions the server has fetched, once every connection of the pools has told what it did. */
export async function sessionsRead(pools: readonly pg.Pool[], schema: string): Promise<number> {
  const lent = await Promise.all(
    pools.flatMap((pool) => Array.from({ length: pool.totalCount }, () => pool.connect())),
  );
  await Promise.all(lent.map((client) => client.query('select pg_stat_force_next_flush()')));
  const { rows } = await (lent[0] as pg.PoolClient).query<{ read: string }>(
    `select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as read
    from pg_stat_user_tables where schemaname = $1 and relname = 'sessions'`,
    [schema],
  );
  for (const client of lent) client.release();
  return Number(rows[0]?.read);
}

/** A database of this file on the shared server, for tests of what belongs to a database: its schemas by their default name, its counters. */
export async function createDatabase(): Promise<PostgresDatabase> {
  const { schema, ...server } = await postgresPlace();
  const pool = createPool(server, { max: 1 });
  await pool.query(`create database ${schema}`);
  await pool.end();
  return { ...server, database: schema };
}
