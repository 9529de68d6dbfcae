import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startRedisCluster } from '../../../../testbed/src/redis-cluster.js';

const script = fileURLToPath(new URL('./closing-process.ts', import.meta.url));

test('a client of a cluster that hangs, closed while it asks for the slots, keeps no process alive', async () => {
  const cluster = await startRedisCluster();
  onTestFinished(() => cluster.stop());
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
  expect(await once(child, 'message')).toEqual(['closed', undefined]);
  expect(await ended).toEqual([0, null]);
});
