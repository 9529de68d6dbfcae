import { freePort } from './free-port.js';
import { requireProgram } from './program.js';
import { ServerProcess } from './server-process.js';
import { temporaryFolder } from './temporary-folder.js';

/** What a private Redis is started with. */
export interface RedisSetup {
  /** Directives of redis.conf as command-line arguments, `--appendonly yes`. Default: nothing is written to disk. */
  readonly directives?: readonly string[];
  /** Where its files are; a server started again there finds them. */
  readonly folder?: string;
  readonly port?: number;
}

/** A private Redis on a loopback port. */
export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly folder: string;
  readonly process: ServerProcess;
}

export async function startRedis(setup: RedisSetup = {}): Promise<RedisServer> {
  const folder = setup.folder ?? temporaryFolder('redis');
  const port = setup.port ?? (await freePort());
  const process = await ServerProcess.start({
    program: requireProgram('redis-server'),
    args: [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
      ...['--save', '', '--daemonize', 'no', '--repl-diskless-sync-delay', '0'],
      ...(setup.directives ?? []),
    ],
    readyText: 'Ready to accept connections',
  });
  return { host: '127.0.0.1', port, folder, process };
}
