import path from 'node:path';
import { Redis } from 'ioredis';
import { inject, onTestFinished } from 'vitest';
import { postgresPlace, redisPlace } from '../../../../testbed/src/vitest/shared-place.js';
import type { Store } from '../../src/stores/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { migratePostgres, openPostgresStore } from '../../src/stores/postgres/index.js';
import { openRedisStore } from '../../src/stores/redis/index.js';
import { openSqliteStore } from '../../src/stores/sqlite/index.js';
import { createPool, emptyTables } from '../stores/postgres/database.js';
import { temporaryFolder } from './temporary-folder.js';

async function openTemporarySqlite(): Promise<Store> {
  return closedAfterwards(
    await openSqliteStore({ path: path.join(temporaryFolder(), 'pawl.db'), busyDeadlineSeconds: 30 }),
  );
}

function closedAfterwards(store: Store): Store {
  onTestFinished(() => store.close());
  return store;
}

/** Opened by the first test of this process that needs it; ends with the process. */
function once<Place>(open: () => Promise<Place>): () => Promise<Place> {
  let opened: Promise<Place> | null = null;
  return () => (opened ??= open());
}

const redis = once(async () => {
  const { host, port, database, prefix } = await redisPlace();
  const client = new Redis({ host, port, db: database });
  return { client, prefix };
});

const postgres = once(async () => {
  const { schema, ...server } = await postgresPlace();
  const pool = createPool(server);
  // A test may open many stores on it, and each listens.
  pool.setMaxListeners(0);
  await migratePostgres({ pool, schema });
  return { pool, schema };
});

async function openEmptyRedis(): Promise<Store> {
  const { client, prefix } = await redis();
  await client.flushdb();
  return closedAfterwards(await openRedisStore({ client, prefix, deadlineSeconds: 30 }));
}

async function openEmptyPostgres(): Promise<Store> {
  const { pool, schema } = await postgres();
  await emptyTables(pool, schema);
  return closedAfterwards(await openPostgresStore({ pool, schema, deadlineSeconds: 30 }));
}

/** A kind of store, and how one is opened on an empty place. */
export interface StoreKind {
  readonly kind: string;
  readonly openStore: () => Promise<Store>;
}

const embedded: readonly [StoreKind, StoreKind] = [
  { kind: 'memory', openStore: () => Promise.resolve(createMemoryStore()) },
  { kind: 'sqlite', openStore: openTemporarySqlite },
];

const onServers: readonly [StoreKind, StoreKind] = [
  { kind: 'redis', openStore: openEmptyRedis },
  { kind: 'postgres', openStore: openEmptyPostgres },
];

/** The stores that the authority is tested on: those that need Node alone, or, where tests may use servers, the others. */
export const storeKinds: readonly [StoreKind, StoreKind] = inject('sharedServers') ? onServers : embedded;
