import type { Store } from 'pawl/stores';
import { openRedisStore } from 'pawl/stores/redis';
import type { Config } from '../config/config.js';
import type { RedisLocation } from '../config/redis-location.js';
import { createRedisClient } from './redis-client.js';
import { createTrouble } from './trouble.js';
import { withClient } from './with-client.js';

/** Opens a store on Redis with a client of our own. @throws as `openStore` */
export function openOnRedis(
  config: Config,
  location: RedisLocation,
  onTrouble: (kind: string) => void,
): Promise<Store> {
  const { storeDeadlineSeconds: deadlineSeconds, storeReplicas: waitForReplicas } = config;
  const trouble = createTrouble(onTrouble);
  const prefix = location.prefix === null ? {} : { prefix: location.prefix };
  const made = createRedisClient(location, deadlineSeconds, trouble.report);
  const store = openRedisStore({ client: made.client, deadlineSeconds, waitForReplicas, ...prefix });
  return withClient(store, made, location, trouble);
}
