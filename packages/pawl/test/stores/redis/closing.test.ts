import { expect, onTestFinished, test } from 'vitest';
import { closeWhileHanging } from '../../../../../testbed/src/hanging-cluster.js';
import { linked, startRedisCluster } from '../../../../../testbed/src/redis-cluster.js';
import { bundledScript } from '../../../../../testbed/src/vitest/bundled-script.js';

const script = new URL('./closing-process.ts', import.meta.url);

test('a process that closes its store while a cluster of ioredis hangs ends by itself', async () => {
  const cluster = await startRedisCluster({ replicasEach: 1 });
  onTestFinished(() => cluster.stop());
  await Promise.all(cluster.servers.slice(3).map(linked));
  // Closed: its own client and the one that waits for replicas.
  expect(await closeWhileHanging(await bundledScript(script), cluster, onTestFinished)).toEqual({
    opened: 'ready',
    closed: 2,
    end: [0, null],
  });
});
