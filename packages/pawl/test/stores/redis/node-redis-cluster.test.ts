import { createCluster } from 'redis';
import { afterAll, describe, test } from 'vitest';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { openClusterPlace } from './cluster-place.js';

const { nodes, prefix, empty } = await openClusterPlace();
const rootNodes = nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` }));
const clients = await Promise.all(
  Array.from({ length: 4 }, async () => {
    const client = createCluster({ rootNodes });
    await client.connect();
    return client;
  }),
);
let opened = 0;

afterAll(() => {
  for (const client of clients) client.destroy();
});

function openWith(index: number) {
  const client = clients[index % clients.length] as (typeof clients)[number];
  return openRedisStore({ client, prefix, deadlineSeconds: 30 });
}

storeConformance(
  { describe, test },
  {
    async open() {
      await empty();
      opened = 0;
      return openWith(opened);
    },
    openAnother: () => openWith((opened += 1)),
  },
);
