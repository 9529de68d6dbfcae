import { PawlError } from '../../errors.js';
import { fromIoredis, type IoredisClient, isIoredis } from './ioredis-client.js';
import { fromNodeRedis, isNodeRedis, type NodeRedisClient } from './node-redis-client.js';

/** A client of `ioredis` or of `redis` (node-redis): single server, Sentinel or Cluster. */
export type RedisClient = IoredisClient | NodeRedisClient;

/** One connection to one server. Commands are carried out in the order in which they were sent. */
export interface RedisNode {
  /** Tells one connection from another. */
  readonly connection: object;
  send(command: readonly string[]): Promise<unknown>;
}

/** What the store asks of a client, whatever its maker. Rejections are the client's own errors. */
export interface RedisAccess {
  /** Sends a command to the server that holds the key, following redirections. */
  send(key: string, command: readonly string[]): Promise<unknown>;
  /** Whether a command would be sent now; when not, the client would keep it and send it at any later time. */
  isReady(): boolean;
  /** Starts to connect where that has not begun. Resolves, or rejects, when waiting makes no sense any more. */
  becomeReady(): Promise<void>;
  /** Lends `work` the connection to the primary that holds the key. */
  withNode<Value>(key: string, work: (node: RedisNode) => Promise<Value>): Promise<Value>;
  /** The connection to the server at `host:port`, or null when the client knows none there. */
  nodeAt(address: string): Promise<RedisNode | null>;
  /** A connection to each primary. */
  primaries(): Promise<readonly RedisNode[]>;
  /** A second client to the same servers, which the caller closes. */
  duplicate(): Promise<RedisAccess>;
  close(): void;
}

/** @throws PawlError `option_invalid` for anything that is not a client of one of the two libraries */
export function accessTo(client: unknown): RedisAccess {
  if (isIoredis(client)) return fromIoredis(client);
  if (isNodeRedis(client)) return fromNodeRedis(client);
  throw new PawlError('option_invalid', 'option client must be a client of ioredis or of redis (node-redis)');
}
