import { PawlError } from '../../errors.js';
import type { RedisAccess, RedisNode } from './access.js';

/** What is used of a client of `ioredis`: a `Redis`, connected directly or through Sentinel, or a `Cluster`. */
export interface IoredisClient {
  readonly status: string;
  readonly isCluster?: boolean;
  /** The socket, when there is one; a cluster has none of its own. */
  readonly stream?: { cork(): void; uncork(): void };
  call(command: string, ...args: string[]): Promise<unknown>;
  connect(): Promise<unknown>;
  disconnect(): void;
  duplicate(): IoredisClient;
  once(event: 'ready' | 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'ready' | 'end', listener: () => void): unknown;
}

interface IoredisNode extends IoredisClient {
  readonly options: { readonly host?: string; readonly port?: number; readonly keyPrefix?: string };
}

interface IoredisCluster extends IoredisClient {
  refreshSlotsCache(callback: () => void): void;
  readonly slots: readonly (readonly string[] | undefined)[];
  nodes(role: 'master'): readonly IoredisNode[];
}

export function isIoredis(client: unknown): client is IoredisClient {
  if (typeof client !== 'object' || client === null) return false;
  return 'call' in client && typeof client.call === 'function' && 'status' in client;
}

/** @throws PawlError `option_invalid` for a client with a key prefix of its own */
export function fromIoredis(client: IoredisClient): RedisAccess {
  const { keyPrefix = '' } = (client as IoredisNode).options;
  if (keyPrefix !== '') {
    throw new PawlError('option_invalid', 'option client must have no keyPrefix: use the option prefix');
  }
  const own = nodeOf(client);
  const gather = createGathering(client);
  return {
    send(_key, command) {
      gather();
      return own.send(command);
    },
    isReady: () => client.status === 'ready',
    becomeReady: () => becomeReady(client),
    withNode: async (key, work) => work(isCluster(client) ? await nodeForKey(client, key) : own),
    nodeAt: (address) => Promise.resolve(isCluster(client) ? nodeAt(client, address) : null),
    primaries: () => Promise.resolve(isCluster(client) ? client.nodes('master').map(nodeOf) : [own]),
    duplicate: () => {
      const second = client.duplicate();
      // Its failures are met by the calls on it.
      second.on('error', () => undefined);
      return Promise.resolve(fromIoredis(second));
    },
    close: () => {
      client.disconnect();
      // Of ioredis 6: the answer to a question for the slots that is under way sets its timer again, and no process would end.
      if (isCluster(client)) client.refreshSlotsCache(() => client.disconnect());
    },
  };
}

/**
 * What is sent in one turn of the event loop leaves in one write to each server: a write each costs Redis and this process more than
 * the command does (docs/performance.md).
 */
function createGathering(client: IoredisClient): () => void {
  let isGathering = false;
  return () => {
    if (isGathering) return;
    isGathering = true;
    const streams = (isCluster(client) ? client.nodes('master') : [client]).map(({ stream }) => stream);
    for (const stream of streams) stream?.cork();
    setImmediate(() => {
      isGathering = false;
      for (const stream of streams) stream?.uncork();
    });
  };
}

function isCluster(client: IoredisClient): client is IoredisCluster {
  return client.isCluster === true;
}

function nodeOf(client: IoredisClient): RedisNode {
  return { connection: client, send: ([name = '', ...args]) => client.call(name, ...args) };
}

async function nodeForKey(cluster: IoredisCluster, key: string): Promise<RedisNode> {
  const slot = Number(await cluster.call('CLUSTER', 'KEYSLOT', key));
  const node = nodeAt(cluster, cluster.slots[slot]?.[0] ?? '');
  if (node === null) throw new Error('CLUSTERDOWN no server is known for the slot');
  return node;
}

function nodeAt(cluster: IoredisCluster, address: string): RedisNode | null {
  const found = cluster
    .nodes('master')
    .find(({ options }) => `${options.host ?? ''}:${String(options.port)}` === address);
  return found === undefined ? null : nodeOf(found);
}

function becomeReady(client: IoredisClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => () => {
      client.off('ready', onReady);
      client.off('end', onEnd);
      act();
    };
    const onReady = settle(resolve);
    const onEnd = settle(() => {
      reject(new Error('the client was closed'));
    });
    if (client.status === 'end') {
      reject(new Error('the client was closed'));
      return;
    }
    client.once('ready', onReady);
    client.once('end', onEnd);
    // A lazy client waits for its first command.
    if (client.status === 'wait') client.connect().catch(onEnd);
  });
}
