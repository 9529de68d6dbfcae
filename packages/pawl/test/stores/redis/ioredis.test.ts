import { Redis } from 'ioredis';
import { redisPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import { testRedisStore } from './conformance.js';

const { host, port, database: db, prefix } = await redisPlace();

await testRedisStore({
  nodes: [{ host, port }],
  prefix,
  connect: async (through) => {
    const client = new Redis({ host, port: through?.proxies[0]?.port ?? port, db });
    // Of a connection that was cut.
    client.on('error', () => undefined);
    await client.ping();
    return client;
  },
  disconnect: (client) => {
    client.disconnect();
  },
  empty: (client) => client.flushdb(),
});
