import { PawlError } from '../../errors.js';
import type { RedisAccess } from './access.js';
import { fromIoredis, type IoredisClient, isIoredis } from './ioredis-client.js';
import { fromNodeRedis, isNodeRedis, type NodeRedisClient } from './node-redis-client.js';

/** A client of `ioredis` or of `redis` (node-redis): single server, Sentinel or Cluster. */
export type RedisClient = IoredisClient | NodeRedisClient;

/** @throws PawlError `option_invalid` for anything that is not a client of one of the two libraries */
export function accessTo(client: unknown): RedisAccess {
  if (isIoredis(client)) return fromIoredis(client);
  if (isNodeRedis(client)) return fromNodeRedis(client);
  throw new PawlError('option_invalid', 'option client must be a client of ioredis or of redis (node-redis)');
}
