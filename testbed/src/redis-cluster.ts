import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { requireProgram } from './program.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { waitUntil } from './wait-until.js';

/** Servers of one cluster: as many primaries as were asked for, then their replicas in the same order. */
export interface RedisCluster {
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

/** Starts a cluster of private servers and waits until every one of them agrees on all slots. */
export async function startRedisCluster(
  setup: {
    readonly primaries?: number;
    readonly replicasEach?: number;
    readonly directives?: readonly string[];
  } = {},
): Promise<RedisCluster> {
  const { primaries = 3, replicasEach = 0, directives = [] } = setup;
  const servers = await Promise.all(
    Array.from({ length: primaries * (1 + replicasEach) }, () =>
      startRedis({ directives: ['--cluster-enabled', 'yes', ...directives] }),
    ),
  );
  const addresses = servers.map(({ host, port }) => `${host}:${String(port)}`);
  redisCli([
    '--cluster',
    'create',
    ...addresses,
    '--cluster-replicas',
    String(replicasEach),
    '--cluster-yes',
  ]);
  await Promise.all(servers.map(knowsAllSlots));
  return {
    servers,
    async stop() {
      await Promise.all(servers.map(({ process }) => process.end('SIGKILL')));
    },
  };
}

/** For a server that is frozen redis-cli waits for ever. */
const waitLimit = { encoding: 'utf8', timeout: 60_000 } as const;

/** Runs one command on one server and returns what it answered, as `redis-cli` prints it to a pipe. */
export function ask(server: RedisServer, ...command: readonly string[]): string {
  return redisCli(['-h', server.host, '-p', String(server.port), ...command]).trim();
}

/** Resolves when the replica has everything that its primary had, and the primary counts it. */
export async function linked(replica: RedisServer): Promise<void> {
  await waitUntil(`the replica on port ${String(replica.port)} is linked`, () => isCounted(replica));
}

async function isCounted({ host, port }: RedisServer): Promise<boolean> {
  const known = await replicationOf(host, port);
  if (!known.includes('master_link_status:up')) return false;
  const primaryPort = Number(/^master_port:(\d+)/m.exec(known)?.[1]);
  return (await replicationOf(host, primaryPort)).includes(`port=${String(port)},state=online`);
}

/** Waits without blocking: the port of the primary may be a proxy of this very process. */
async function replicationOf(host: string, port: number): Promise<string> {
  const args = ['-h', host, '-p', String(port), 'info', 'replication'];
  return (await promisify(execFile)(requireProgram('redis-cli'), args, waitLimit)).stdout;
}

function redisCli(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(requireProgram('redis-cli'), args, waitLimit);
  if (status !== 0) throw new Error(`redis-cli ${args.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
}

function knowsAllSlots(server: RedisServer): Promise<void> {
  return waitUntil(`the cluster node on port ${String(server.port)} knows all slots`, () =>
    ask(server, 'cluster', 'info').includes('cluster_state:ok'),
  );
}
