import type { Redis } from 'ioredis';
import type { Pool } from 'pg';

const allTables = `
  select sum(pg_total_relation_size(class.oid)) as bytes
  from pg_class as class join pg_namespace as namespace on namespace.oid = class.relnamespace
  where namespace.nspname = 'pawl' and class.relkind = 'r'`;

/** What a Redis has allocated for its data and for itself. */
export async function usedMemoryBytes(client: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
}

/** All tables of a store with their indexes. */
export async function tableBytes(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ readonly bytes: string }>(allTables);
  return Number(rows[0]?.bytes);
}
