import { PawlError } from '../../errors.js';
import type { Store } from '../store.js';
import { accessTo, type RedisClient } from './client.js';
import { RedisConnection, type ReplicaWait } from './connection.js';
import { createData } from './data.js';
import { createDocuments } from './documents.js';
import { createEphemera } from './ephemera.js';
import { createEvents } from './events.js';
import { createFindEnded } from './find-ended.js';
import { Feed } from './feed.js';
import { createKeys, type Keys } from './keys.js';
import { createReplays } from './replays.js';
import { createRevocations } from './revocations.js';
import { createScript } from './script.js';
import { createSessions } from './sessions.js';
import { createSweep } from './sweep.js';

/** Which servers, and how long to wait for them. */
export interface RedisStoreOptions {
  /**
   * A client of `ioredis` 6 or `redis` 6: single server, Sentinel or Cluster. It stays the caller's: the store neither connects a
   * client of `redis` nor closes any. Give `ioredis` a `socketTimeout`: without one it stays with a primary of a cluster that hangs and
   * was replaced. `createCluster` of `redis` 6 stays there even with one; it follows a primary that is gone.
   */
  readonly client: RedisClient;
  /** What every key begins with; 1 to 64 of `A-Z a-z 0-9 : . _ -`. Default `pawl:`. */
  readonly prefix?: string;
  /** How long a call waits for its answer before it rejects. Default 2, at most 60. */
  readonly deadlineSeconds?: number;
  /**
   * How many replicas must have confirmed a login, a revocation or a document before it is answered; with fewer the call
   * rejects with an unknown outcome. Rotations never wait. Default: none.
   */
  readonly waitForReplicas?: number;
}

const optionNames: ReadonlySet<string> = new Set(['client', 'prefix', 'deadlineSeconds', 'waitForReplicas']);

/** Written and gone again by itself: a server that only reads, or has no memory left, is not ready. */
const checkScript = createScript('writes', `return redis.call('SET', KEYS[1], '1', 'PX', '60000')`);

/** By a command that the store uses anyway, so that a role needs no other. Replies with the number of documents. */
const keyRingScript = createScript('reads', `return redis.call('HLEN', KEYS[1])`);

/** Replies with seconds and microseconds. */
const timeScript = createScript('reads', `return redis.call('TIME')`);

/**
 * Opens a store in Redis 7 or Valkey 7.2, or later. Everything of a subject is in one hash, so that each step of a session touches
 * one key of one server.
 *
 * Does NOT see whether the servers keep what they are told: that is their configuration (`appendonly`, `noeviction`), which
 * {@link inspectRedis} reads.
 *
 * @throws PawlError `option_invalid` for an option that breaks its rule, `store_unavailable` when no server answered in time
 * @throws PawlError `store_incompatible` when there is a key ring of format 1 or 2 under the prefix
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  const { client, prefix = 'pawl:', deadlineSeconds = 2, waitForReplicas = 0 } = options;
  checkOptions(options);
  const wait: ReplicaWait | null =
    waitForReplicas === 0 ? null : { count: waitForReplicas, timeoutSeconds: deadlineSeconds / 2 };
  const connection = new RedisConnection(accessTo(client), deadlineSeconds, wait);
  const keys = createKeys(prefix);
  const events = createEvents(connection, keys);
  const feed = new Feed(connection, keys);
  const revocations = createRevocations(feed, createFindEnded(connection, keys));
  const sweepSessions = createSweep(connection, keys);
  const store: Store = {
    kind: 'redis',
    time: () => timeOf(connection, keys),
    sessions: createSessions(connection, keys, feed),
    data: createData(connection, keys),
    documents: createDocuments(connection, keys),
    events: events.port,
    replays: createReplays(connection, keys),
    ephemera: createEphemera(connection, keys),
    revocations: revocations.port,
    check: async () => {
      await connection.run(checkScript, [keys.check], []);
    },
    sweep: async (now, limit) => (await sweepSessions(now, limit)) + (await events.sweep(now, limit)),
    close: () => {
      revocations.close();
      return connection.close();
    },
  };
  await checkFormat(connection, keys, prefix);
  await store.check();
  return store;
}

async function checkFormat(connection: RedisConnection, keys: Keys, prefix: string): Promise<void> {
  for (const [index, keyRing] of keys.earlierKeyRings.entries()) {
    if ((await connection.run(keyRingScript, [keyRing], [])) === 0) continue;
    throw new PawlError(
      'store_incompatible',
      `the Redis keys under the prefix "${prefix}" have format ${String(index + 1)}, which this program cannot read: start with another prefix`,
    );
  }
}

async function timeOf(connection: RedisConnection, keys: Keys): Promise<number> {
  const reply = await connection.run(timeScript, [keys.documents('keys')[0]], []);
  const [seconds = 0, microseconds = 0] = (reply as readonly unknown[]).map(Number);
  return seconds + microseconds / 1e6;
}

function checkOptions({ prefix, deadlineSeconds, waitForReplicas, ...others }: RedisStoreOptions): void {
  const unknown = Object.keys(others).find((name) => !optionNames.has(name));
  if (unknown !== undefined) throw new PawlError('option_invalid', `there is no option ${unknown}`);
  if (prefix !== undefined && !/^[A-Za-z0-9:._-]{1,64}$/.test(prefix)) {
    throw new PawlError('option_invalid', 'option prefix must be 1 to 64 of A-Z a-z 0-9 : . _ -');
  }
  if (deadlineSeconds !== undefined && !(deadlineSeconds > 0 && deadlineSeconds <= 60)) {
    throw new PawlError('option_invalid', 'option deadlineSeconds must be above 0 and at most 60');
  }
  if (waitForReplicas !== undefined && !(Number.isInteger(waitForReplicas) && waitForReplicas >= 0)) {
    throw new PawlError('option_invalid', 'option waitForReplicas must be a whole number from 0');
  }
}
