import { setTimeout as delay } from 'node:timers/promises';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisLocation } from '../config/redis-location.js';
import type { StoreClient } from './store-client.js';

/** The longest pause between two attempts to connect again; there is no last attempt. */
const maxPauseMilliseconds = 1000;

/** How often a cluster is asked which of its servers holds what, besides when one of them says that it moved. */
const slotsRefreshMilliseconds = 5000;

/** How long a farewell may take. */
const quitMilliseconds = 500;

/**
 * A client of the server's own, connecting in the background and again after every loss.
 *
 * A command is sent once: what was under way when a connection is lost fails, and the caller repeats it.
 */
export function createRedisClient(
  location: RedisLocation,
  deadlineSeconds: number,
  onError: (error: unknown) => void,
): StoreClient<Redis | Cluster> {
  const client =
    location.topology === 'cluster' ? cluster(location, deadlineSeconds) : single(location, deadlineSeconds);
  client.on('error', onError);
  return {
    client,
    async close() {
      if (client.status === 'ready') {
        await Promise.race([client.quit().catch(() => null), delay(quitMilliseconds, null, { ref: false })]);
      }
      disconnect(client);
    },
  };
}

/**
 * A cluster that was asked for its slots when the client ends answers later, at the latest when the client has waited its time. ioredis 6
 * then sets its timer for the next such question again, and the process would never end: the second time takes that one away.
 */
function disconnect(client: Redis | Cluster): void {
  client.disconnect();
  if (client instanceof Cluster) client.refreshSlotsCache(() => client.disconnect());
}

/** The package's types tell apart what is left out from what is undefined, for this one option. */
type ConnectionOptions = Omit<RedisOptions, 'replyMapping'>;

function single(location: RedisLocation, deadlineSeconds: number): Redis {
  const { nodes, primaryName, isEncrypted, database } = location;
  const place: ConnectionOptions =
    primaryName === null
      ? { ...nodes[0] }
      : {
          sentinels: [...nodes],
          name: primaryName,
          // With a detector, a failover that is announced while the client connects would end it for good.
          failoverDetector: false,
          sentinelRetryStrategy: pause,
          sentinelCommandTimeout: deadlineSeconds * 1000,
          ...(isEncrypted ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
        };
  return new Redis({
    ...connectionOptions(location, deadlineSeconds),
    ...place,
    db: database,
    retryStrategy: pause,
    enableOfflineQueue: false,
  });
}

function cluster(location: RedisLocation, deadlineSeconds: number): Cluster {
  return new Cluster([...location.nodes], {
    redisOptions: connectionOptions(location, deadlineSeconds),
    clusterRetryStrategy: pause,
    slotsRefreshTimeout: deadlineSeconds * 1000,
    slotsRefreshInterval: slotsRefreshMilliseconds,
    // 0: a command whose connection is lost fails.
    retryDelayOnFailover: 0,
    // A certificate is for a name: it would not fit the address that the name is resolved to.
    ...(location.isEncrypted ? { dnsLookup: (host, callback) => callback(null, host) } : {}),
  });
}

function connectionOptions(location: RedisLocation, deadlineSeconds: number): ConnectionOptions {
  const { username, password, isEncrypted } = location;
  return {
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password: password.reveal() }),
    ...(isEncrypted ? { tls: {} } : {}),
    connectionName: 'pawl-server',
    connectTimeout: deadlineSeconds * 1000,
    // Nobody waits any more for what has no answer by then: the connection leads nowhere.
    socketTimeout: deadlineSeconds * 2000,
    disconnectTimeout: quitMilliseconds,
    enableReadyCheck: true,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // The primary became a replica: the name may lead to another server by now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}

function pause(attempts: number): number {
  return Math.min(25 * 2 ** attempts, maxPauseMilliseconds);
}
