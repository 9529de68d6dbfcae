import { Redis } from 'ioredis';
import { afterAll, describe, test } from 'vitest';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { startRedis } from '../../../../../testbed/src/redis-server.js';

const server = await startRedis();
const clients = Array.from({ length: 4 }, () => new Redis(server.port, server.host));
let opened = 0;

afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server.process.end();
});

function openWith(index: number) {
  return openRedisStore({ client: clients[index % clients.length] as Redis, deadlineSeconds: 30 });
}

storeConformance(
  { describe, test },
  {
    async open() {
      await clients[0]?.flushall();
      opened = 0;
      return openWith(opened);
    },
    openAnother: () => openWith((opened += 1)),
  },
);
