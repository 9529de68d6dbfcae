import { onTestFinished } from 'vitest';
import { type PostgresServer, startPostgres } from '../../testbed/src/postgres-server.js';
import { ask } from '../../testbed/src/redis-cluster.js';
import { type RedisServer, startRedis } from '../../testbed/src/redis-server.js';
import type { StoreSetup } from './node-store.js';

/** A private server that the sessions are in, and what can happen to it. */
export interface StoreServer {
  /** How a node reaches it. @param port - of something in between */
  setup(port?: number): StoreSetup;
  readonly port: number;
  readonly folder: string;
  freeze(): void;
  thaw(): void;
  /** Kills it without a farewell. */
  crash(): Promise<void>;
  /** Has it shut down in order. */
  stop(): Promise<void>;
  /** Starts it again, on its files. */
  restart(): Promise<void>;
}

/** Short, so that a test sees several calls time out; far above what an answer takes. */
const deadlineSeconds = 2;

/** A Redis with these directives. */
export async function startRedisServer(
  ...directives: readonly string[]
): Promise<StoreServer & { ask(...command: readonly string[]): string }> {
  let server: RedisServer = await startRedis({ directives });
  onTestFinished(() => server.process.end('SIGKILL'));
  const { port, folder } = server;
  return {
    setup: (between = port) => ({ kind: 'ioredis', ports: [between], deadlineSeconds }),
    ...{ port, folder },
    freeze: () => server.process.freeze(),
    thaw: () => server.process.thaw(),
    crash: () => server.process.end('SIGKILL'),
    stop: () => server.process.end('SIGTERM'),
    restart: async () => {
      server = await startRedis({ port, folder, directives });
    },
    ask: (...command) => ask(server, ...command),
  };
}

/** A PostgreSQL. What is killed here is the server, not the machine: what it had handed to the system is not lost. */
export async function startPostgresServer(): Promise<StoreServer> {
  const settings = ['fsync=off'];
  let server: PostgresServer = await startPostgres({ settings });
  onTestFinished(() => server.crash());
  const { port, folder } = server;
  return {
    setup: (between = port) => ({ kind: 'postgres', ports: [between], deadlineSeconds }),
    ...{ port, folder },
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    crash: () => server.crash(),
    stop: () => server.process.end('SIGINT'),
    restart: async () => {
      server = await startPostgres({ settings, port, folder });
    },
  };
}

/** The servers that many nodes can share, both with everything on disk before it is answered. */
export const storeServers = {
  Redis: () => startRedisServer('--appendonly', 'yes', '--appendfsync', 'always'),
  PostgreSQL: startPostgresServer,
} as const;
