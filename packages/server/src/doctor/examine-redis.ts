import { isPawlError, systemClock } from 'pawl';
import { inspectRedis, type RedisInspection, type RedisServerInspection } from 'pawl/stores/redis';
import type { Config } from '../config/config.js';
import type { RedisLocation } from '../config/redis-location.js';
import { createRedisClient } from '../store/redis-client.js';
import { createTrouble, explained } from '../store/trouble.js';
import { examineClock } from './examine-clock.js';
import { type Finding, fail, ok, warn } from './finding.js';

/** Above this part of its limit a server has little left for sessions to come. */
const fullShare = 0.8;

export async function examineRedis(config: Config, location: RedisLocation): Promise<Finding[]> {
  const { storeDeadlineSeconds: deadlineSeconds, storeReplicas: waitForReplicas } = config;
  const trouble = createTrouble(() => undefined);
  const made = createRedisClient(location, deadlineSeconds, trouble.report);
  const prefix = location.prefix === null ? {} : { prefix: location.prefix };
  try {
    const asked = { client: made.client, clock: systemClock, deadlineSeconds, waitForReplicas };
    const found = await inspectRedis({ ...asked, ...prefix });
    return found.clusterState !== null && location.topology !== 'cluster'
      ? [fail('Redis is one server of a cluster, which holds a part of the sessions; use redis-cluster://.')]
      : judge(found, config);
  } catch (error) {
    if (isPawlError(error)) return [fail((explained(error, location, trouble) as Error).message)];
    throw error;
  } finally {
    await made.close();
  }
}

function judge({ servers, clusterState, refusals }: RedisInspection, config: Config): Finding[] {
  const findings = servers.flatMap((server) => judgeServer(server, config));
  if (clusterState !== null) {
    findings.push(
      clusterState === 'ok'
        ? ok(`The cluster is complete: ${servers.length} primaries.`)
        : fail('The cluster is not complete: it refuses a part of the sessions, or all of them.'),
    );
  }
  for (const reason of new Set(refusals.map((refusal) => refusal.reason))) {
    const commands = refusals.filter((refusal) => refusal.reason === reason).map(({ command }) => command);
    const names = [...new Set(commands)].join(', ');
    findings.push(fail(`Redis refuses ${names} (${reason}); docs/stores.md lists what the user needs.`));
  }
  if (refusals.length === 0) findings.push(ok('Redis allows every command that the store sends.'));
  return findings;
}

function judgeServer(server: RedisServerInspection, config: Config): Finding[] {
  const name = server.address === null ? 'Redis' : `Redis at ${server.address}`;
  if (server.isReplica === true) {
    return [fail(`${name} is a replica, which only reads; name its primary, or use redis-sentinel://.`)];
  }
  return [
    judgeVersion(name, server),
    judgeMemory(name, server),
    judgePersistence(name, server),
    ...judgeReplicas(name, server, config.storeReplicas),
    examineClock(name, server.clockOffsetSeconds),
  ];
}

function judgeVersion(
  name: string,
  { software, serverVersion, isSupported }: RedisServerInspection,
): Finding {
  if (serverVersion === null) return warn(`${name} does not say which version it is: INFO is not allowed.`);
  const text = `${name} has version ${serverVersion}${software === 'valkey' ? ' of Valkey' : ''}`;
  return isSupported === true
    ? ok(`${text}.`)
    : fail(`${text}: the scripts of the store were not tried on less than Redis 7.0 or Valkey 7.2.`);
}

function judgeMemory(name: string, server: RedisServerInspection): Finding {
  const { evictionPolicy, maxMemoryBytes, usedMemoryBytes } = server;
  if (evictionPolicy === null) return warn(`${name} does not say what it drops when its memory is full.`);
  if (evictionPolicy !== 'noeviction') {
    return fail(
      `${name} has the maxmemory-policy ${evictionPolicy}: when its memory is full, sessions, users and keys vanish; set it to noeviction.`,
    );
  }
  if (maxMemoryBytes !== null && maxMemoryBytes > 0 && (usedMemoryBytes ?? 0) > fullShare * maxMemoryBytes) {
    return warn(
      `${name} uses more than 80 % of its maxmemory; when it is full, logins are answered with 503.`,
    );
  }
  return ok(`${name} drops nothing when its memory is full (noeviction).`);
}

function judgePersistence(name: string, server: RedisServerInspection): Finding {
  const { isAppendOnly, appendFsync, snapshots } = server;
  if (isAppendOnly === null) return warn(`${name} does not say whether it writes to disk.`);
  if (isAppendOnly && appendFsync === 'no') {
    return warn(
      `${name} never syncs its append-only file (appendfsync no): a crash of the machine may bring ended sessions back.`,
    );
  }
  if (isAppendOnly) {
    const lost = appendFsync === 'always' ? 'nothing that was answered' : 'about the last second';
    return ok(`${name} appends to a file; a crash of the machine loses ${lost}.`);
  }
  if (snapshots === '') {
    return warn(
      `${name} keeps nothing on disk (no appendonly, no save): a restart loses users and keys and logs everyone out.`,
    );
  }
  return warn(
    `${name} writes snapshots only (save): a crash loses what came after the last one, and brings ended sessions back; set appendonly yes.`,
  );
}

function judgeReplicas(name: string, { onlineReplicas }: RedisServerInspection, needed: number): Finding[] {
  if (needed === 0 || onlineReplicas === null) return [];
  return [
    onlineReplicas >= needed
      ? ok(`${name} has ${onlineReplicas} replicas; storeReplicas asks for ${needed}.`)
      : fail(
          `${name} has ${onlineReplicas} replicas, and storeReplicas asks for ${needed}: logins and revocations are answered with 503.`,
        ),
  ];
}
