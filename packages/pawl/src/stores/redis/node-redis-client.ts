import type { RedisAccess, RedisNode } from './access.js';

interface NodeRedisEvents {
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

/** A client that says when it can send. */
interface Readiness {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  once(event: 'ready' | 'end', listener: () => void): unknown;
  off(event: 'ready' | 'end', listener: () => void): unknown;
}

/** What is used of a `createClient` of `redis`. */
export interface NodeRedisSingle extends NodeRedisEvents, Readiness {
  sendCommand(args: string[]): Promise<unknown>;
  connect(): Promise<unknown>;
  duplicate(): NodeRedisSingle;
  destroy(): void;
}

/** What is used of a `createCluster` of `redis`. */
export interface NodeRedisCluster extends NodeRedisEvents {
  readonly isOpen: boolean;
  readonly masters: readonly { readonly address: string }[];
  sendCommand(firstKey: string, isReadonly: boolean, args: string[]): Promise<unknown>;
  nodeClient(node: never): unknown;
  getNodeClientForKey(key: string, isReadonly?: boolean): Promise<unknown>;
  connect(): Promise<unknown>;
  duplicate(): NodeRedisCluster;
  destroy(): void;
}

interface NodeRedisLease {
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>;
}

/** What is used of a `createSentinel` of `redis`. */
export interface NodeRedisSentinel extends NodeRedisEvents, Readiness {
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>;
  /** Lends a connection to the primary. */
  use<Value>(work: (lent: NodeRedisLease) => Promise<Value>): Promise<Value>;
  connect(): Promise<unknown>;
  duplicate(): NodeRedisSentinel;
  destroy(): Promise<unknown>;
}

export type NodeRedisClient = NodeRedisSingle | NodeRedisCluster | NodeRedisSentinel;

export function isNodeRedis(client: unknown): client is NodeRedisClient {
  if (typeof client !== 'object' || client === null) return false;
  return 'sendCommand' in client && typeof client.sendCommand === 'function' && 'isOpen' in client;
}

export function fromNodeRedis(client: NodeRedisClient): RedisAccess {
  if ('masters' in client) return fromCluster(client);
  return 'use' in client ? fromSentinel(client) : fromSingle(client);
}

function fromSingle(client: NodeRedisSingle): RedisAccess {
  const own = nodeOf(client);
  return {
    send: (_key, command) => own.send(command),
    isReady: () => client.isReady,
    becomeReady: () => becomeReady(client),
    withNode: (_key, work) => work(own),
    nodeAt: () => Promise.resolve(null),
    primaries: () => Promise.resolve([own]),
    duplicate: async () => fromSingle(await connected(client.duplicate())),
    close: () => {
      client.destroy();
    },
  };
}

function fromCluster(client: NodeRedisCluster): RedisAccess {
  const clientOf = async (node: { readonly address: string }): Promise<RedisNode> =>
    // The type of a node is the library's own; it came from there a moment ago.
    nodeOf((await client.nodeClient(node as never)) as NodeRedisSingle);
  return {
    send: (key, command) => client.sendCommand(key, false, [...command]),
    isReady: () => client.isOpen,
    becomeReady: () => Promise.reject(notConnected()),
    withNode: async (key, work) =>
      work(nodeOf((await client.getNodeClientForKey(key, false)) as NodeRedisSingle)),
    nodeAt: (address) => {
      const found = client.masters.find((node) => node.address === address);
      return found === undefined ? Promise.resolve(null) : clientOf(found);
    },
    primaries: () => Promise.all(client.masters.map(clientOf)),
    duplicate: async () => fromCluster(await connected(client.duplicate())),
    close: () => {
      client.destroy();
    },
  };
}

/** Sentinel hands out any of its connections, so that what has to follow each other goes over one that is lent. */
function fromSentinel(client: NodeRedisSentinel): RedisAccess {
  const own: RedisNode = { connection: client, send: (command) => client.sendCommand(false, [...command]) };
  return {
    send: (_key, command) => own.send(command),
    isReady: () => client.isReady,
    becomeReady: () => becomeReady(client),
    withNode: (_key, work) =>
      client.use((lent) =>
        work({ connection: lent, send: (command) => lent.sendCommand(false, [...command]) }),
      ),
    nodeAt: () => Promise.resolve(null),
    primaries: () => Promise.resolve([own]),
    duplicate: async () => fromSentinel(await connected(client.duplicate())),
    close: () => {
      // Nothing waits for it: its failures concern nobody.
      client.destroy().catch(() => undefined);
    },
  };
}

function nodeOf(client: NodeRedisSingle): RedisNode {
  return { connection: client, send: (command) => client.sendCommand([...command]) };
}

async function connected<Client extends NodeRedisClient>(client: Client): Promise<Client> {
  // Its failures are met by the calls on it.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function becomeReady(client: Readiness): Promise<void> {
  if (!client.isOpen) return Promise.reject(notConnected());
  return new Promise((resolve, reject) => {
    const onReady = () => {
      client.off('end', onEnd);
      resolve();
    };
    const onEnd = () => {
      client.off('ready', onReady);
      reject(notConnected());
    };
    client.once('ready', onReady);
    client.once('end', onEnd);
  });
}

function notConnected(): Error {
  return new Error('the client is not connected');
}
