import { Cluster } from 'ioredis';
import { afterAll, describe, test } from 'vitest';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { openClusterPlace } from './cluster-place.js';

const { nodes, prefix, empty } = await openClusterPlace();
const clients = Array.from({ length: 4 }, () => new Cluster([...nodes]));
let opened = 0;

afterAll(() => {
  for (const client of clients) client.disconnect();
});

function openWith(index: number) {
  const client = clients[index % clients.length] as Cluster;
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
