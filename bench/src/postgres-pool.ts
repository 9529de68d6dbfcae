import { Pool, type PoolConfig } from 'pg';
import type { DatabaseAddress } from './databases.js';

/** A pool of pg. Its server ends soon after it, which a connection that is just ending may notice and report. */
export function openPool(address: DatabaseAddress, config: PoolConfig = {}): Pool {
  const pool = new Pool({ ...address, ...config });
  pool.on('error', (error) => {
    if (!pool.ended && !pool.ending) throw error;
  });
  return pool;
}
