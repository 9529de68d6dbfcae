import { Redis } from 'ioredis';
import { createCluster } from 'redis';
import { afterAll, describe, test } from 'vitest';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { startRedisCluster } from '../../../../../testbed/src/redis-cluster.js';

const cluster = await startRedisCluster();
const direct = cluster.servers.map(({ host, port }) => new Redis(port, host));
const rootNodes = cluster.servers.map(({ host, port }) => ({ url: `redis://${host}:${port}` }));
const clients = await Promise.all(
  Array.from({ length: 4 }, async () => {
    const client = createCluster({ rootNodes });
    await client.connect();
    return client;
  }),
);
let opened = 0;

afterAll(async () => {
  for (const client of clients) client.destroy();
  for (const client of direct) client.disconnect();
  await cluster.stop();
});

function openWith(index: number) {
  return openRedisStore({
    client: clients[index % clients.length] as (typeof clients)[number],
    deadlineSeconds: 30,
  });
}

storeConformance(
  { describe, test },
  {
    async open() {
      await Promise.all(direct.map((server) => server.flushall()));
      opened = 0;
      return openWith(opened);
    },
    openAnother: () => openWith((opened += 1)),
  },
);
