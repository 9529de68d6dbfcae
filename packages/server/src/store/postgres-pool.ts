import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { ConfigError } from '../config/config.js';
import type { PostgresLocation } from '../config/postgres-location.js';
import { failureKind } from './failure-kind.js';
import type { StoreClient } from './store-client.js';

/** How long a farewell may take. */
const endMilliseconds = 500;

/** How the pool is made. */
export interface PoolSettings {
  readonly connections: number;
  readonly deadlineSeconds: number;
  /** Told of every failure of a connection that nobody is using. */
  readonly onError: (error: unknown) => void;
}

/**
 * A pool of the server's own. It connects when it is asked to.
 *
 * @throws ConfigError when the URL names a file that cannot be read
 */
export function createPostgresPool(location: PostgresLocation, settings: PoolSettings): StoreClient<pg.Pool> {
  const sockets = new Set<Socket>();
  const options: pg.PoolConfig = {
    application_name: 'pawl-server',
    connectionString: location.url.reveal(),
    max: settings.connections,
    connectionTimeoutMillis: settings.deadlineSeconds * 1000,
    keepAlive: true,
    stream: () => remembered(sockets),
  };
  checkOptions(options);
  const pool = new pg.Pool(options);
  pool.on('error', settings.onError);
  return {
    client: pool,
    async close() {
      await Promise.race([pool.end(), delay(endMilliseconds, null, { ref: false })]);
      // A server that does not answer the farewell would keep this process alive.
      for (const socket of sockets) socket.destroy();
    },
  };
}

function remembered(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}

/** The pool reads the URL, and the files that it names, at the first connection; by then it would look like a failure of the database. */
function checkOptions(options: pg.PoolConfig): void {
  try {
    new pg.Client(options);
  } catch (error) {
    throw new ConfigError(
      `The parameters of the PostgreSQL URL cannot be used: ${failureKind(error)}; files are named by sslrootcert, sslcert and sslkey.`,
    );
  }
}
