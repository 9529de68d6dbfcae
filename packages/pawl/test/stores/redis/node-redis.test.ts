import { createClient } from 'redis';
import { redisPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import { testRedisStore } from './conformance.js';

const { host, port, database, prefix } = await redisPlace();

const connectTo = (at: number) =>
  createClient({ url: `redis://${host}:${at}/${database}` })
    // Of a connection that was cut.
    .on('error', () => undefined)
    .connect();

await testRedisStore({
  nodes: [{ host, port }],
  prefix,
  connect: (through) => connectTo(through?.proxies[0]?.port ?? port),
  disconnect: (client) => {
    client.destroy();
  },
  empty: (client) => client.flushDb(),
});
