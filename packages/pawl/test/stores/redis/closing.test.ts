import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { linked, startRedisCluster } from '../../../../../testbed/src/redis-cluster.js';

const script = fileURLToPath(new URL('./closing-process.ts', import.meta.url));

test('a process that closes its store while a cluster of ioredis hangs ends by itself', async () => {
  const cluster = await startRedisCluster({ replicasEach: 1 });
  onTestFinished(() => cluster.stop());
  await Promise.all(cluster.servers.slice(3).map(linked));
  const child = fork(
    script,
    cluster.servers.map(({ port }) => String(port)),
    {
      execArgv: ['--conditions=pawl-source', '--import', 'tsx'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(await once(child, 'message')).toEqual(['ready', undefined]);
  for (const { process } of cluster.servers) process.freeze();
  const ended = once(child, 'exit');
  child.send('close');
  // Its own client and the one that waits for replicas.
  expect(await once(child, 'message')).toEqual([2, undefined]);
  expect(await ended).toEqual([0, null]);
});
