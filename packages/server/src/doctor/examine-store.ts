import { existsSync } from 'node:fs';
import { isPawlError } from 'pawl';
import { type Config, ConfigError } from '../config/config.js';
import { storeLocation } from '../config/locations.js';
import { needsGeneratedKey } from '../config/master-key.js';
import { isNetworkStore, storeText } from '../config/store-location.js';
import { openService, openWithAuthority, type Reports, type Service } from '../serve/service.js';
import { type Finding, fail, ok, warn } from './finding.js';

const oldKeySeconds = 180 * 86_400;

/** What goes wrong in the background shows in what is examined. */
const silent: Reports = { onFailure: () => undefined, onDisconnect: () => undefined };

/** Examines the store itself, then what is in it. */
export async function examineStore(config: Config): Promise<Finding[]> {
  const location = storeLocation(config);
  switch (location.kind) {
    case 'memory':
      return [warn('The store is memory: everything ends with the process.')];
    case 'sqlite':
      return existsSync(location.path)
        ? examineContent(config)
        : [warn(`The database ${location.path} does not exist yet; the first start creates it.`)];
    case 'redis': {
      const { examineRedis } = await import('./examine-redis.js');
      return thenContent(config, await examineRedis(config, location));
    }
    case 'postgres': {
      const { examinePostgres } = await import('./examine-postgres.js');
      return thenContent(config, await examinePostgres(config, location));
    }
  }
}

async function thenContent(config: Config, findings: Finding[]): Promise<Finding[]> {
  if (findings.some(({ state }) => state === 'fail')) return findings;
  return [...findings, ...(await examineContent(config))];
}

async function examineContent(config: Config): Promise<Finding[]> {
  try {
    // Opening the authority would generate a master key, which the doctor leaves to the first start.
    return needsGeneratedKey(config) && isNetworkStore(storeLocation(config))
      ? await withoutKey(config)
      : await withKey(config);
  } catch (error) {
    if (error instanceof ConfigError || isPawlError(error)) return [fail(error.message)];
    throw error;
  }
}

async function withoutKey(config: Config): Promise<Finding[]> {
  const opened = await openService(config, silent);
  try {
    return [
      ...(await examineOpened(opened)),
      warn('There is no master key here yet; set PAWL_MASTER_KEY, or the first start on loopback makes one.'),
    ];
  } finally {
    await opened.close();
  }
}

async function withKey(config: Config): Promise<Finding[]> {
  const opened = await openWithAuthority(config, {
    maintenance: 'manual',
    onEvent: () => undefined,
    ...silent,
  });
  try {
    const { authority } = opened;
    await authority.check();
    const now = Date.now() / 1000;
    const old = authority.keys
      .list()
      .filter((key) => key.state === 'active' && now - key.activatesAt > oldKeySeconds);
    return [
      ...(await examineOpened(opened)),
      ok('The master key opens the key ring.'),
      old.length === 0
        ? ok('The keys that sign are younger than 180 days.')
        : warn(`The keys ${old.map(({ id }) => id).join(', ')} are older than 180 days; run "keys rotate".`),
    ];
  } finally {
    await opened.close();
  }
}

async function examineOpened({ config, store, accounts }: Service): Promise<Finding[]> {
  await store.check();
  let users = 0;
  let enabled = 0;
  for await (const { disabled } of accounts.list()) {
    users += 1;
    enabled += disabled ? 0 : 1;
  }
  return [
    ok(`The store ${storeText(storeLocation(config))} opens, reads and writes.`),
    enabled > 0
      ? ok(`There are ${users} users, ${enabled} enabled.`)
      : warn('There is no user who can log in; run "user add NAME".'),
  ];
}
