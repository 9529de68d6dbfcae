import { join } from 'node:path';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { loadDriver } from '../../packages/pawl/src/stores/sqlite/driver.js';
import type { Variables } from '../../packages/server/test/server-process.js';
import { migrate } from '../../packages/server/test/shared-stores.js';
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
      eventsIn: 'pawl:3:{events}',
      async footprint() {
        // Written whenever the store is asked whether it can write, and gone a minute later.
        const keys = ask(server, 'keys', '*')
          .split('\n')
          .filter((key) => key !== 'pawl:3:{check}');
        return Object.fromEntries(keys.map((key) => [key, sizeOf(key)]));
      },
    };
  },

  async postgres() {
    const server = await startPostgres();
    onTestFinished(() => server.remove());
    const { user, host, port, database } = server;
    const variables = { PAWL_STORE: `postgres://${user}@${host}:${port}/${database}` };
    await migrate(variables);
    return {
      variables,
      eventsIn: 'pawl.events',
      async footprint() {
        // Its end is waited for: a server that is shut down under an open connection says so on it, and nobody would listen.
        const client = new Client({ host, port, user, database });
        await client.connect();
        const { rows: tables } = await client.query<{ readonly name: string }>(
          `select schemaname || '.' || tablename as name from pg_tables
          where schemaname not in ('pg_catalog', 'information_schema')`,
        );
        const counted: Record<string, number> = {};
        for (const { name } of tables) {
          const { rows } = await client.query<{ readonly rows: number }>(
            `select count(*)::int as rows from ${name}`,
          );
          counted[name] = rows[0]?.rows ?? 0;
        }
        await client.end();
        return counted;
      },
    };
  },
};
