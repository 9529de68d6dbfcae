import { Cluster, Redis } from 'ioredis';
import { afterAll, describe, test } from 'vitest';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { startRedisCluster } from '../../../../../testbed/src/redis-cluster.js';

const cluster = await startRedisCluster();
const direct = cluster.servers.map(({ host, port }) => new Redis(port, host));
const clients = Array.from(
  { length: 4 },
  () => new Cluster(cluster.servers.map(({ host, port }) => ({ host, port }))),
);
let opened = 0;

afterAll(async () => {
  for (const client of [...clients, ...direct]) client.disconnect();
  await cluster.stop();
});

function openWith(index: number) {
  return openRedisStore({ client: clients[index % clients.length] as Cluster, deadlineSeconds: 30 });
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
