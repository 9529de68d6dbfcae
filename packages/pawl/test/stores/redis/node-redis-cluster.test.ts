import { createCluster } from 'redis';
import { openClusterPlace } from './cluster-place.js';
import { testRedisStore } from './conformance.js';

const { nodes, prefix, empty } = await openClusterPlace();

await testRedisStore({
  nodes,
  prefix,
  connect: async (through) => {
    const client = createCluster({
      rootNodes: (through?.proxies ?? nodes).map(({ host, port }) => ({ url: `redis://${host}:${port}` })),
      nodeAddressMap: { ...through?.byAddress },
    });
    // Of a connection that was cut.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  },
  disconnect: (client) => {
    client.destroy();
  },
  empty,
});
