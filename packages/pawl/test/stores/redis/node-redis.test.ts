import { createClient } from 'redis';
import { afterAll, describe, test } from 'vitest';
import { openRedisStore } from '../../../src/stores/redis/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { redisPlace } from '../../../../../testbed/src/vitest/shared-place.js';

const { host, port, database, prefix } = await redisPlace();
const url = `redis://${host}:${port}/${database}`;
const clients = await Promise.all(Array.from({ length: 4 }, () => createClient({ url }).connect()));
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
      await clients[0]?.flushDb();
      opened = 0;
      return openWith(opened);
    },
    openAnother: () => openWith((opened += 1)),
  },
);
