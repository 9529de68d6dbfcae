import { Redis } from 'ioredis';
import type { Store } from 'pawl/stores';
import { migratePostgres, openPostgresStore } from 'pawl/stores/postgres';
import { openRedisStore } from 'pawl/stores/redis';
import type { DatabaseAddress, DatabaseKind } from '../databases.js';
import { openPool } from '../postgres-pool.js';

export interface OpenStore {
  readonly store: Store;
  readonly close: () => Promise<void>;
}

/** Opens a store with connections of its own. */
export async function openStore(kind: DatabaseKind, address: DatabaseAddress): Promise<OpenStore> {
  if (kind === 'redis') {
    const client = new Redis(address);
    const store = await openRedisStore({ client });
    return {
      store,
      async close() {
        await store.close();
        client.disconnect();
      },
    };
  }
  const pool = openPool(address);
  await migratePostgres({ pool });
  const store = await openPostgresStore({ pool });
  return {
    store,
    async close() {
      await store.close();
      await pool.end();
    },
  };
}
