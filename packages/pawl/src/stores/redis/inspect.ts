import type { Clock } from '../../base/clock.js';
import { answerOf, inTime, readPairs, type Within } from './answer.js';
import { accessTo, type RedisClient } from './client.js';
import type { RedisNode } from './access.js';
import { createKeys } from './keys.js';
import { type RedisRefusal, refusalsOf, scanNothing, tryCommand, waitForNobody } from './refusals.js';

/** Scripts of earlier versions write other things to replicas, and were not tried. */
const minimumVersion = { redis: [7, 0], valkey: [7, 2] } as const;

/** What to look at. */
export interface RedisInspectionOptions {
  /** As the store gets it. */
  readonly client: RedisClient;
  /** As the store gets it. */
  readonly prefix?: string;
  /** As the store gets it: with replicas, `WAIT` is tried too. */
  readonly waitForReplicas?: number;
  /** How long each question waits for its answer. Default 2. */
  readonly deadlineSeconds?: number;
  /** What the servers' clocks are compared with. */
  readonly clock: Clock;
}

/** What one primary says about itself. Null: it is not allowed to say, or does not know. */
export interface RedisServerInspection {
  /** Its `host:port` in a cluster. */
  readonly address: string | null;
  /** `redis` or `valkey`. */
  readonly software: string | null;
  /** As the server writes it. */
  readonly serverVersion: string | null;
  /** Whether it is Redis 7.0, Valkey 7.2, or later. */
  readonly isSupported: boolean | null;
  /** A replica only reads: the store cannot work with it. */
  readonly isReplica: boolean | null;
  /** What is thrown away when `maxMemoryBytes` are used: with `noeviction` nothing, and writes fail. */
  readonly evictionPolicy: string | null;
  /** 0: no limit. */
  readonly maxMemoryBytes: number | null;
  readonly usedMemoryBytes: number | null;
  /** Whether each write is appended to a file. */
  readonly isAppendOnly: boolean | null;
  /** When that file is synced: `always`, `everysec`, or `no`. */
  readonly appendFsync: string | null;
  /** When the whole memory is written to a file, as the server's option `save`; empty: never. */
  readonly snapshots: string | null;
  /** Replicas that follow now. */
  readonly onlineReplicas: number | null;
  /** The server's clock minus ours, to within the time that one round trip took. */
  readonly clockOffsetSeconds: number | null;
}

/** What {@link inspectRedis} found. */
export interface RedisInspection {
  /** The server, or each primary of the cluster. */
  readonly servers: readonly RedisServerInspection[];
  /** `ok` or `fail`; null where there is no cluster, or it does not say. */
  readonly clusterState: string | null;
  readonly refusals: readonly RedisRefusal[];
}

/**
 * Looks at the servers that a store would use, and tries each command that the store sends. The keys that this writes lie beside
 * the store's own and are gone after a minute.
 *
 * Does NOT judge: what is wrong for one installation is meant in another. Permissions to write are tried on one primary.
 *
 * @throws PawlError `option_invalid` for anything that is no client of one of the two libraries
 * @throws PawlError `store_unavailable` when a server did not answer in time
 */
export async function inspectRedis(options: RedisInspectionOptions): Promise<RedisInspection> {
  const { client, prefix = 'pawl:', waitForReplicas = 0, deadlineSeconds = 2, clock } = options;
  const access = accessTo(client);
  const within: Within = (work) => inTime(work, deadlineSeconds);
  if (!access.isReady()) await within(() => access.becomeReady());
  const primaries = await within(() => access.primaries());
  const refusals = await refusalsOf(access, createKeys(prefix).check, within);
  const nodeCommands = waitForReplicas === 0 ? [scanNothing] : [scanNothing, waitForNobody];
  const servers: RedisServerInspection[] = [];
  let clusterState: string | null = null;
  for (const node of primaries) {
    const { inspection, isClustered } = await inspectServer(node, clock, within);
    servers.push(inspection);
    if (isClustered) clusterState ??= await clusterStateOf(node, within);
    for (const command of nodeCommands) refusals.push(...(await tryCommand(node, command, within)));
  }
  return { servers, clusterState, refusals };
}

async function inspectServer(
  node: RedisNode,
  clock: Clock,
  within: Within,
): Promise<{ readonly inspection: RedisServerInspection; readonly isClustered: boolean }> {
  const info = await readInfo(node, within);
  const isClustered = info.get('cluster_enabled') === '1';
  const config = new Map([
    ...(await readPairs(node, ['CONFIG', 'GET', 'appendfsync'], within)),
    ...(await readPairs(node, ['CONFIG', 'GET', 'save'], within)),
  ]);
  const valkeyVersion = info.get('valkey_version');
  const serverVersion = valkeyVersion ?? info.get('redis_version') ?? null;
  const software = serverVersion === null ? null : valkeyVersion === undefined ? 'redis' : 'valkey';
  const role = info.get('role');
  const appends = info.get('aof_enabled');
  const followers = [...info].filter(
    ([name, text]) => /^slave\d+$/.test(name) && text.includes('state=online'),
  );
  return {
    isClustered,
    inspection: {
      address: isClustered ? await addressOf(node, within) : null,
      software,
      serverVersion,
      isSupported: software === null ? null : isAtLeast(serverVersion ?? '', minimumVersion[software]),
      isReplica: role === undefined ? null : role !== 'master',
      evictionPolicy: info.get('maxmemory_policy') ?? null,
      maxMemoryBytes: numberOf(info.get('maxmemory')),
      usedMemoryBytes: numberOf(info.get('used_memory')),
      isAppendOnly: appends === undefined ? null : appends === '1',
      appendFsync: config.get('appendfsync') ?? null,
      snapshots: config.get('save') ?? null,
      onlineReplicas: role === undefined ? null : followers.length,
      clockOffsetSeconds: await clockOffset(node, clock, within),
    },
  };
}

async function readInfo(node: RedisNode, within: Within): Promise<ReadonlyMap<string, string>> {
  const answer = await answerOf(node, ['INFO'], within);
  const lines = answer.isAnswered ? String(answer.reply).split('\r\n') : [];
  return new Map(
    lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
    }),
  );
}

/** Of the line that describes the server itself: `id host:port@busport[,name] myself,master …`. */
async function addressOf(node: RedisNode, within: Within): Promise<string | null> {
  const answer = await answerOf(node, ['CLUSTER', 'NODES'], within);
  if (!answer.isAnswered) return null;
  const found = /^\S+ (?<address>[^\s@]*)\S* \S*\bmyself\b/m.exec(String(answer.reply));
  return found?.groups?.['address'] ?? null;
}

async function clusterStateOf(node: RedisNode, within: Within): Promise<string | null> {
  const answer = await answerOf(node, ['CLUSTER', 'INFO'], within);
  if (!answer.isAnswered) return null;
  return /^cluster_state:(?<state>\w+)/m.exec(String(answer.reply))?.groups?.['state'] ?? null;
}

async function clockOffset(node: RedisNode, clock: Clock, within: Within): Promise<number | null> {
  const before = clock.now();
  const answer = await answerOf(node, ['TIME'], within);
  const halfway = (before + clock.now()) / 2;
  if (!answer.isAnswered) return null;
  const [seconds, microseconds] = (answer.reply as readonly unknown[]).map(Number);
  return (seconds ?? 0) + (microseconds ?? 0) / 1e6 - halfway;
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [has = 0, hasMinor = 0] = version.split('.').map(Number);
  return has > major || (has === major && hasMinor >= minor);
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}
