import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { RedisCluster } from './redis-cluster.js';

/** What a script said, and how its process ended: the code, or the signal. */
export interface ClosedProcess {
  readonly opened: unknown;
  readonly closed: unknown;
  readonly end: readonly unknown[];
}

/**
 * Runs a script on the ports of a cluster, lets the cluster hang when the script has said that it is connected, and tells it then to close.
 * Resolves when its process has ended by itself.
 *
 * @param script - path of what Node runs
 * @param onStart - receives how to end the process, for a test that runs out of time
 */
export async function closeWhileHanging(
  script: string,
  cluster: RedisCluster,
  onStart: (kill: () => void) => void,
): Promise<ClosedProcess> {
  const ports = cluster.servers.map(({ port }) => String(port));
  const child = fork(script, ports);
  onStart(() => void child.kill('SIGKILL'));
  const [opened] = (await once(child, 'message')) as [unknown];
  for (const { process } of cluster.servers) process.freeze();
  const ended = once(child, 'exit');
  child.send('close');
  const [closed] = (await once(child, 'message')) as [unknown];
  return { opened, closed, end: await ended };
}
