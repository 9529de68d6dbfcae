import { join } from 'node:path';
import { Pool } from 'pg';
import { onTestFinished } from 'vitest';
import { loadDriver } from '../../packages/pawl/src/stores/sqlite/driver.js';
import { pawl, type Variables } from '../../packages/server/test/server-process.js';
import { startPostgres } from '../../testbed/src/postgres-server.js';
import { ask } from '../../testbed/src/redis-cluster.js';
import { startRedis } from '../../testbed/src/redis-server.js';

/** How many rows each table holds, or how many elements each key. */
export type Footprint = Readonly<Record<string, number>>;

/** A private store whose content can be counted from outside. */
export interface MeasuredStore {
  readonly variables: Variables;
  /** Where the event log is in the footprint. */
  readonly eventsIn: string;
  footprint(): Promise<Footprint>;
}

/** Each ends with the test that started it. The folder is where the server runs. */
export const measuredStores: Readonly<
  Record<'sqlite' | 'redis' | 'postgres', (folder: string) => Promise<MeasuredStore>>
> = {
  async sqlite(folder) {
    const { DatabaseSync } = await loadDriver();
    const rowsOf = (database: InstanceType<typeof DatabaseSync>, table: string): number =>
      (database.prepare(`select count(*) as rows from ${table}`).get() as { readonly rows: number }).rows;
    return {
      variables: { PAWL_STORE: 'sqlite:pawl.sqlite' },
      eventsIn: 'events',
      async footprint() {
        const database = new DatabaseSync(join(folder, 'pawl.sqlite'));
        const tables = database
          .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
          .all() as { readonly name: string }[];
        const counted = Object.fromEntries(tables.map(({ name }) => [name, rowsOf(database, name)]));
        database.close();
        return counted;
      },
    };
  },

  async redis() {
    const server = await startRedis();
    onTestFinished(() => server.process.end('SIGKILL'));
    const sizeOf = (key: string): number => {
      const count = { hash: 'hlen', zset: 'zcard', stream: 'xlen' }[ask(server, 'type', key)];
      return count === undefined ? 1 : Number(ask(server, count, key));
    };
    return {
      variables: { PAWL_STORE: `redis://${server.host}:${server.port}` },
      eventsIn: 'pawl:{events}',
      async footprint() {
        const keys = ask(server, 'keys', '*').split('\n');
        return Object.fromEntries(keys.map((key) => [key, sizeOf(key)]));
      },
    };
  },

  async postgres(folder) {
    const server = await startPostgres();
    onTestFinished(() => server.remove());
    const { user, host, port, database } = server;
    const variables = { PAWL_STORE: `postgres://${user}@${host}:${port}/${database}` };
    const { code, stderr } = await pawl(folder, ['migrate'], { variables });
    if (code !== 0) throw new Error(stderr);
    const pool = new Pool({ host, port, user, database });
    onTestFinished(() => pool.end());
    return {
      variables,
      eventsIn: 'pawl.events',
      async footprint() {
        const { rows: tables } = await pool.query<{ readonly name: string }>(
          `select schemaname || '.' || tablename as name from pg_tables
          where schemaname not in ('pg_catalog', 'information_schema')`,
        );
        const counted = tables.map(async ({ name }) => {
          const { rows } = await pool.query<{ readonly rows: number }>(
            `select count(*)::int as rows from ${name}`,
          );
          return [name, rows[0]?.rows ?? 0] as const;
        });
        return Object.fromEntries(await Promise.all(counted));
      },
    };
  },
};
