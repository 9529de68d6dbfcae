import { Redis } from 'ioredis';
import { afterAll, describe, test } from 'vitest';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { redisPlace } from '../../../../../testbed/src/vitest/shared-place.js';

const { host, port, database, prefix } = await redisPlace();
const clients = Array.from({ length: 4 }, () => new Redis({ host, port, db: database }));
let opened = 0;

afterAll(() => {
  for (const client of clients) client.disconnect();
});

function openWith(index: number) {
  const client = clients[index % clients.length] as Redis;
  return openRedisStore({ client, prefix, deadlineSeconds: 30 });
}

storeConformance(
  { describe, test },
  {
    async open() {
      await clients[0]?.flushdb();
      opened = 0;
      return openWith(opened);
    },
    openAnother: () => openWith((opened += 1)),
  },
);
