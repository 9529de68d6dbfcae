import type { Store } from 'pawl/stores';
import type { PostgresLocation } from '../config/postgres-location.js';
import type { RedisLocation } from '../config/redis-location.js';
import type { StoreClient } from './store-client.js';
import { explained, type Trouble } from './trouble.js';

/** The store, and its client with it: closing the store closes both, and so does a store that does not open. */
export async function withClient(
  opening: Promise<Store>,
  made: StoreClient<unknown>,
  location: RedisLocation | PostgresLocation,
  trouble: Trouble,
): Promise<Store> {
  try {
    const store = await opening;
    trouble.tell();
    return {
      ...store,
      async close() {
        await store.close();
        await made.close();
      },
    };
  } catch (error) {
    await made.close();
    throw explained(error, location, trouble);
  }
}
