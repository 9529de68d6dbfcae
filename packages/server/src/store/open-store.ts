import type { Store } from 'pawl/stores';
import { createMemoryStore } from 'pawl/stores/memory';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { type Config, ConfigError } from '../config/config.js';
import { makeFolderFor } from '../config/data-folder.js';
import { storeLocation } from '../config/locations.js';
import { storeText } from '../config/store-location.js';

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
    // Clients are loaded where they are used: every command would wait for both.
    case 'redis': {
      const { openOnRedis } = await import('./open-on-redis.js');
      return openOnRedis(config, location, onTrouble);
    }
    case 'postgres': {
      const { openOnPostgres } = await import('./open-on-postgres.js');
      return openOnPostgres(config, location, onTrouble);
    }
  }
}
