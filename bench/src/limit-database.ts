import { Redis } from 'ioredis';
import type { DatabaseAddress } from './databases.js';
import type { LimitStore } from './limit-store.js';
import { openPool } from './postgres-pool.js';

const advanceScript = `
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('incr', KEYS[1])
return 1`;

/** One number per session, moved by one EVALSHA. */
export async function openRedisLimitStore(address: DatabaseAddress): Promise<LimitStore> {
  const client = new Redis(address);
  const sha = (await client.script('LOAD', advanceScript)) as string;
  return {
    async add(id) {
      await client.set(`s:${id}`, 0);
    },
    advance: async (id, version) => (await client.evalsha(sha, 1, `s:${id}`, version)) === 1,
    async close() {
      await client.quit();
    },
  };
}

/** One number per session, moved by one UPDATE, each in a transaction of its own. */
export async function openPostgresLimitStore(
  address: DatabaseAddress,
  connections: number,
): Promise<LimitStore> {
  const pool = openPool(address, { max: connections });
  await pool.query('create table sessions (id integer primary key, version integer not null)');
  const name = 'advance';
  const text = 'update sessions set version = version + 1 where id = $1 and version = $2';
  return {
    async add(id) {
      await pool.query('insert into sessions (id, version) values ($1, 0)', [id]);
    },
    advance: async (id, version) => (await pool.query({ name, text, values: [id, version] })).rowCount === 1,
    close: () => pool.end(),
  };
}
