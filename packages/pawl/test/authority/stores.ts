import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, onTestFinished } from 'vitest';
import { startPostgres } from '../../../../testbed/src/postgres-server.js';
import { startRedis } from '../../../../testbed/src/redis-server.js';
import type { Store } from '../../src/stores/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { migratePostgres, openPostgresStore } from '../../src/stores/postgres/index.js';
import { openRedisStore } from '../../src/stores/redis/index.js';
import { openSqliteStore } from '../../src/stores/sqlite/index.js';
import { createPool } from '../stores/postgres/database.js';

/** An empty folder that goes when the running test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pawl-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

async function openTemporarySqlite(): Promise<Store> {
  return closedAfterwards(
    await openSqliteStore({ path: path.join(temporaryFolder(), 'pawl.db'), busyDeadlineSeconds: 30 }),
  );
}

function closedAfterwards(store: Store): Store {
  onTestFinished(() => store.close());
  return store;
}

/** What runs until the tests of this file are over: a client, and how both are ended. */
interface Running<Client> {
  readonly client: Client;
  readonly stop: () => Promise<void>;
}

const stops: (() => Promise<void>)[] = [];

afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

/** Started by the first test that needs it. */
function once<Client>(start: () => Promise<Running<Client>>): () => Promise<Client> {
  let started: Promise<Client> | null = null;
  return () =>
    (started ??= start().then(({ client, stop }) => {
      stops.push(stop);
      return client;
    }));
}

const redis = once(async () => {
  const { host, port, process } = await startRedis();
  const client = new Redis(port, host);
  return {
    client,
    async stop() {
      client.disconnect();
      await process.end();
    },
  };
});

const postgres = once(async () => {
  const server = await startPostgres({ settings: ['fsync=off'] });
  const client = createPool(server);
  // A test may open many stores on it, and each listens.
  client.setMaxListeners(0);
  await migratePostgres({ pool: client });
  return {
    client,
    async stop() {
      await client.end();
      await server.process.end('SIGINT');
    },
  };
});

async function openEmptyRedis(): Promise<Store> {
  const client = await redis();
  await client.flushall();
  return closedAfterwards(await openRedisStore({ client, deadlineSeconds: 30 }));
}

async function openEmptyPostgres(): Promise<Store> {
  const pool = await postgres();
  await pool.query(
    `truncate pawl.sessions, pawl.session_data, pawl.subjects, pawl.documents, pawl.events, pawl.replays,
    pawl.revocations`,
  );
  return closedAfterwards(await openPostgresStore({ pool, deadlineSeconds: 30 }));
}

/** The stores that the authority is tested on. Each is opened on an empty place. */
export const storeKinds: readonly { readonly kind: string; readonly openStore: () => Promise<Store> }[] = [
  { kind: 'memory', openStore: () => Promise.resolve(createMemoryStore()) },
  { kind: 'sqlite', openStore: openTemporarySqlite },
  { kind: 'redis', openStore: openEmptyRedis },
  { kind: 'postgres', openStore: openEmptyPostgres },
];
