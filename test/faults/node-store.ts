import { Cluster, Redis } from 'ioredis';
import pg from 'pg';
import { createClient, createCluster } from 'redis';
import type { Store } from 'pawl/stores';
import { migratePostgres, openPostgresStore } from 'pawl/stores/postgres';
import { openRedisStore, type RedisClient } from 'pawl/stores/redis';

/** How a node reaches its store. */
export interface StoreSetup {
  readonly kind: 'ioredis' | 'ioredis-cluster' | 'node-redis' | 'node-redis-cluster' | 'postgres';
  /** Loopback ports: of the one server, or of all servers of a cluster. */
  readonly ports: readonly number[];
  readonly deadlineSeconds: number;
  /** Redis only. */
  readonly waitForReplicas?: number;
}

const host = '127.0.0.1';

const openers: Readonly<Record<StoreSetup['kind'], (setup: StoreSetup) => Promise<Store>>> = {
  ioredis: ({ ports: [port = 0], ...setup }) => openRedis(new Redis(port, host), setup),
  'ioredis-cluster': ({ ports, ...setup }) =>
    openRedis(
      new Cluster(
        ports.map((port) => ({ host, port })),
        // By default it would wait for a server that hangs until the system gives the connection up, in a quarter of an hour.
        { redisOptions: { socketTimeout: setup.deadlineSeconds * 2000 } },
      ),
      setup,
    ),
  'node-redis': async ({ ports: [port], ...setup }) => {
    const client = createClient({ url: `redis://${host}:${port}` });
    client.on('error', ignore);
    return openRedis(await client.connect(), setup);
  },
  'node-redis-cluster': async ({ ports, ...setup }) => {
    const client = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://${host}:${port}` })) });
    client.on('error', ignore);
    await client.connect();
    return openRedis(client, setup);
  },
  postgres: async ({ ports: [port], deadlineSeconds }) => {
    const pool = new pg.Pool({
      ...{ host, port, user: 'postgres', database: 'postgres', connectionTimeoutMillis: 5000 },
    });
    pool.on('error', ignore);
    await migratePostgres({ pool });
    return openPostgresStore({ pool, deadlineSeconds });
  },
};

/** The store of a node. Its clients have the settings that they have by default where nothing else is said. */
export function openStore(setup: StoreSetup): Promise<Store> {
  return openers[setup.kind](setup);
}

function openRedis(
  client: RedisClient,
  { deadlineSeconds, waitForReplicas = 0 }: Omit<StoreSetup, 'ports'>,
): Promise<Store> {
  client.on('error', ignore);
  return openRedisStore({ client, deadlineSeconds, waitForReplicas });
}

function ignore(): void {
  // The calls that it concerns say so themselves.
}
