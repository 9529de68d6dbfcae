// A process of its own that closes its store while a cluster that hangs is being asked for its slots, and has to end by itself.
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { createSession, newSession, startAt } from '../../../src/testing/session-fixture.js';

const ports = process.argv.slice(2).map(Number);
const client = new Cluster(
  ports.map((port) => ({ host: '127.0.0.1', port })),
  { slotsRefreshInterval: 5, slotsRefreshTimeout: 500 },
);
const clusters: object[] = [client];
const duplicate = client.duplicate.bind(client);
Reflect.set(client, 'duplicate', () => {
  const second = duplicate();
  clusters.push(second);
  return second;
});

const store = await openRedisStore({ client, deadlineSeconds: 30, waitForReplicas: 1 });
// Waits for the replica on a connection of its own.
await createSession(store.sessions, newSession(createSeededRandom(1)), 5, startAt);
process.once('message', () => void close());
process.send?.('ready');

async function close(): Promise<void> {
  while (!clusters.every((cluster) => Reflect.get(cluster, 'isRefreshing') === true)) await pause(1);
  await store.close();
  // As docs/stores.md says it of the client that was handed in.
  client.disconnect();
  client.refreshSlotsCache(() => client.disconnect());
  process.send?.(clusters.length);
  process.disconnect();
}
