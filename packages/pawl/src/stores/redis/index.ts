/**
 * The store in Redis: one server, servers behind Sentinel, or a Cluster.
 *
 * @module pawl/stores/redis
 */
export type { RedisClient } from './client.js';
export {
  inspectRedis,
  type RedisInspection,
  type RedisInspectionOptions,
  type RedisServerInspection,
} from './inspect.js';
export type { RedisRefusal } from './refusals.js';
export type { IoredisClient } from './ioredis-client.js';
export type {
  NodeRedisClient,
  NodeRedisCluster,
  NodeRedisSentinel,
  NodeRedisSingle,
} from './node-redis-client.js';
export { openRedisStore, type RedisStoreOptions } from './store.js';
