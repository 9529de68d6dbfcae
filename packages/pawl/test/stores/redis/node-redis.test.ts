import { createClient } from 'redis';
import { afterAll, describe, test } from 'vitest';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { startRedis } from '../../../../../testbed/src/redis-server.js';

const server = await startRedis();
const clients = await Promise.all(
  Array.from({ length: 4 }, () => createClient({ url: `redis://${server.host}:${server.port}` }).connect()),
);
let opened = 0;

afterAll(async () => {
  for (const client of clients) client.destroy();
  await server.process.end();
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
      await clients[0]?.flushAll();
      opened = 0;
      return openWith(opened);
    },
    openAnother: () => openWith((opened += 1)),
  },
);
