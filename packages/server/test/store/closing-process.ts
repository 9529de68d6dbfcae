// A process of its own that closes its client while a cluster that hangs is being asked for its slots, and has to end by itself.
import { setTimeout as pause } from 'node:timers/promises';
import { createRedisClient } from '../../src/store/redis-client.js';

const nodes = process.argv.slice(2).map((port) => ({ host: '127.0.0.1', port: Number(port) }));
const opened = createRedisClient(
  {
    ...{ kind: 'redis', topology: 'cluster', isEncrypted: false, nodes, primaryName: null, database: 0 },
    ...{ prefix: null, username: null, password: null },
  },
  1,
  () => undefined,
);
const { client } = opened;
// Read when the client connects, which is not in this turn.
Reflect.set(client.options, 'slotsRefreshInterval', 5);
client.once('ready', () => process.send?.('ready'));
process.once('message', () => void end());

async function end(): Promise<void> {
  while (Reflect.get(client, 'isRefreshing') !== true) await pause(1);
  await opened.close();
  process.send?.('closed');
  process.disconnect();
}
