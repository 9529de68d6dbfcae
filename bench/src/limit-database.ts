import { Redis } from 'ioredis';
import type { DatabaseAddress } from './databases.js';
import type { LimitStore } from './limit-store.js';

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
