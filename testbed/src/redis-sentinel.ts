import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './free-port.js';
import { requireProgram } from './program.js';
import { ask, linked } from './redis-cluster.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { ServerProcess } from './server-process.js';
import { temporaryFolder } from './temporary-folder.js';
import { waitUntil } from './wait-until.js';

/** A primary and a replica that one Sentinel watches; it promotes the replica when the primary is gone for half a second. */
export interface SentinelGroup {
  readonly name: string;
  readonly sentinel: { readonly host: string; readonly port: number };
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  stop(): Promise<void>;
}

export async function startSentinelGroup(): Promise<SentinelGroup> {
  const name = 'sessions';
  const primary = await startRedis();
  const replica = await startRedis({ directives: ['--replicaof', primary.host, String(primary.port)] });
  await linked(replica);
  const port = await freePort();
  const sentinel = await startSentinel(port, [
    `sentinel monitor ${name} ${primary.host} ${String(primary.port)} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 2000`,
  ]);
  const watching = { host: primary.host, port };
  // It promotes no replica that it has not met.
  await waitUntil('the Sentinel knows the replica', () =>
    ask({ ...primary, port }, 'sentinel', 'replicas', name).includes(String(replica.port)),
  );
  return {
    name,
    sentinel: watching,
    primary,
    replica,
    async stop() {
      await Promise.all(
        [primary.process, replica.process, sentinel].map((process) => process.end('SIGKILL')),
      );
    },
  };
}

/** Sentinel writes what it learns into its own configuration file. */
function startSentinel(port: number, lines: readonly string[]): Promise<ServerProcess> {
  const folder = temporaryFolder('sentinel');
  const file = path.join(folder, 'sentinel.conf');
  writeFileSync(file, ['bind 127.0.0.1', `port ${String(port)}`, `dir ${folder}`, ...lines, ''].join('\n'));
  return ServerProcess.start({
    program: requireProgram('redis-server'),
    args: [file, '--sentinel'],
    readyText: '+monitor',
  });
}
