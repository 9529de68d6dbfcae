import type { Store } from 'pawl/stores';
import { openPostgresStore } from 'pawl/stores/postgres';
import type { Config } from '../config/config.js';
import type { PostgresLocation } from '../config/postgres-location.js';
import { createPostgresPool } from './postgres-pool.js';
import { createTrouble } from './trouble.js';
import { withClient } from './with-client.js';

/** Opens a store on PostgreSQL with a pool of our own. @throws as `openStore` */
export function openOnPostgres(
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
