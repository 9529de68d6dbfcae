import { expect, onTestFinished, test } from 'vitest';
import { closeWhileHanging } from '../../../../testbed/src/hanging-cluster.js';
import { startRedisCluster } from '../../../../testbed/src/redis-cluster.js';
import { bundledScript } from '../../../../testbed/src/vitest/bundled-script.js';

const script = new URL('./closing-process.ts', import.meta.url);

test('a client of a cluster that hangs, closed while it asks for the slots, keeps no process alive', async () => {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
  expect(await closeWhileHanging(await bundledScript(script), cluster, onTestFinished)).toEqual({
    opened: 'ready',
    closed: 'closed',
    end: [0, null],
  });
});
