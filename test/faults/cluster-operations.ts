import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { linked, type RedisCluster } from '../../testbed/src/redis-cluster.js';
import { type RedisServer, startRedis } from '../../testbed/src/redis-server.js';
import { waitUntil } from '../../testbed/src/wait-until.js';

const slotsMoved = 3000;

/** Slots on their way from one primary to another. */
export interface Migration {
  /** Carries the keys over: for each that is gone the source answers `ASK`. Resolves to their number. */
  carry(): Promise<number>;
  /** Tells every primary who has the slots now. */
  finish(): Promise<void>;
}

/** A connection for the operator of the cluster, to one server. */
function operate({ port, host }: RedisServer): Redis {
  const client = new Redis(port, host);
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

function primariesOf(cluster: RedisCluster): readonly [RedisServer, RedisServer, RedisServer] {
  return cluster.servers.slice(0, 3) as [RedisServer, RedisServer, RedisServer];
}

/** Announces that the first slots of the first primary go to the second. */
export async function beginMigration(cluster: RedisCluster): Promise<Migration> {
  const [source, target, other] = primariesOf(cluster).map(operate) as [Redis, Redis, Redis];
  const [sourceId, targetId] = await Promise.all([
    source.call('CLUSTER', 'MYID'),
    target.call('CLUSTER', 'MYID'),
  ]);
  const setAll = (server: Redis, ...state: readonly string[]): Promise<unknown> =>
    Promise.all(
      Array.from({ length: slotsMoved }, (_, slot) => server.call('CLUSTER', 'SETSLOT', slot, ...state)),
    );
  await setAll(target, 'IMPORTING', String(sourceId));
  await setAll(source, 'MIGRATING', String(targetId));
  return {
    async carry() {
      const { host, port } = primariesOf(cluster)[1];
      let carried = 0;
      for (const key of await source.keys('*')) {
        if ((await source.cluster('KEYSLOT', key)) >= slotsMoved) continue;
        await source.call('MIGRATE', host, port, key, 0, 5000);
        carried += 1;
      }
      return carried;
    },
    async finish() {
      for (const server of [target, source, other]) await setAll(server, 'NODE', String(targetId));
    },
  };
}

/** Has a primary fail, and resolves when its replica has its place. */
export async function failOver(
  cluster: RedisCluster,
  index: 0 | 1 | 2,
  fail: (primary: RedisServer) => Promise<void> | void,
): Promise<void> {
  const failing = primariesOf(cluster)[index];
  const replicas = cluster.servers.slice(3).map(operate);
  const roles = await Promise.all(replicas.map((replica) => replica.role()));
  const successor = replicas[roles.findIndex(([, , port]) => port === failing.port)];
  if (successor === undefined) throw new Error('the primary has no replica');
  await fail(failing);
  await waitUntil(
    'a replica becomes the primary',
    async () => String((await successor.role())[0]) === 'master',
  );
}

/** Starts a primary that was killed; resolves when it follows the one that took its place. */
export async function comeBack(
  cluster: RedisCluster,
  index: 0 | 1 | 2,
  directives: readonly string[],
): Promise<void> {
  const { port, folder } = primariesOf(cluster)[index];
  const server = await startRedis({ port, folder, directives: ['--cluster-enabled', 'yes', ...directives] });
  onTestFinished(() => server.process.end('SIGKILL'));
  await linked(server);
}
