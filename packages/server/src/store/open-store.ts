import type { Store } from 'pawl/stores';
import { createMemoryStore } from 'pawl/stores/memory';
import { openPostgresStore } from 'pawl/stores/postgres';
import { openRedisStore } from 'pawl/stores/redis';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { type Config, ConfigError } from '../config/config.js';
import { makeFolderFor } from '../config/data-folder.js';
import { storeLocation } from '../config/locations.js';
import type { PostgresLocation } from '../config/postgres-location.js';
import type { RedisLocation } from '../config/redis-location.js';
import { storeText } from '../config/store-location.js';
import { createPostgresPool } from './postgres-pool.js';
import { createRedisClient } from './redis-client.js';
import type { StoreClient } from './store-client.js';
import { createTrouble, explained, type Trouble } from './trouble.js';

/**
 * Opens the configured store, with a client of our own where it needs one; closing the store closes that too.
 *
 * @param onTrouble - told the kind of every failure of a connection while the store is open
 * @throws ConfigError for options that do not fit the store
 * @throws PawlError `store_unavailable` when it did not answer in time, `store_incompatible`
 */
export async function openStore(config: Config, onTrouble: (kind: string) => void): Promise<Store> {
  const location = storeLocation(config);
  if (config.storeReplicas > 0 && location.kind !== 'redis') {
    throw new ConfigError(
      `storeReplicas is ${config.storeReplicas}, but only Redis waits for replicas, and the store is ${storeText(location)}.`,
    );
  }
  switch (location.kind) {
    case 'memory':
      return createMemoryStore();
    case 'sqlite':
      makeFolderFor(location.path);
      return openSqliteStore({ path: location.path });
    case 'redis':
      return openOnRedis(config, location, onTrouble);
    case 'postgres':
      return openOnPostgres(config, location, onTrouble);
  }
}

function openOnRedis(
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

function openOnPostgres(
  config: Config,
  location: PostgresLocation,
  onTrouble: (kind: string) => void,
): Promise<Store> {
  const { storeDeadlineSeconds: deadlineSeconds } = config;
  const trouble = createTrouble(onTrouble);
  const made = createPostgresPool(location, {
    connections: config.postgresConnections,
    deadlineSeconds,
    onError: trouble.report,
  });
  const store = openPostgresStore({
    pool: made.client,
    deadlineSeconds,
    namedStatements: config.postgresNamedStatements,
    synchronousRotations: config.postgresRotationsSynced,
    ...(location.schema === null ? {} : { schema: location.schema }),
  });
  return withClient(store, made, location, trouble);
}

async function withClient(
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
