import { Cluster } from 'ioredis';
import { openClusterPlace } from './cluster-place.js';
import { testRedisStore } from './conformance.js';

const { nodes, prefix, empty } = await openClusterPlace();

await testRedisStore({
  nodes,
  prefix,
  connect: async (through) => {
    const client = new Cluster([...(through?.proxies ?? nodes)], { natMap: { ...through?.byAddress } });
    // Of a connection that was cut.
    client.on('error', () => undefined);
    await client.ping();
    return client;
  },
  disconnect: (client) => {
    client.disconnect();
  },
  empty,
});
