import { Secret } from 'pawl';

/** Where one Redis server, Sentinel or node of a cluster listens. */
export interface RedisNodeAddress {
  readonly host: string;
  readonly port: number;
}

/** A Redis, read from a URL. */
export interface RedisLocation {
  readonly kind: 'redis';
  readonly topology: 'single' | 'cluster' | 'sentinel';
  readonly isEncrypted: boolean;
  /** One server, some nodes of the cluster, or Sentinels. */
  readonly nodes: readonly RedisNodeAddress[];
  /** What the Sentinels call the primary; null without Sentinels. */
  readonly primaryName: string | null;
  readonly database: number;
  /** What every key begins with; null for the store's default. */
  readonly prefix: string | null;
  readonly username: string | null;
  readonly password: Secret | null;
}

export const redisRule =
  '"redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]", "redis-cluster://[USER:PASSWORD@]HOST[:PORT],…" or "redis-sentinel://[USER:PASSWORD@]HOST[:PORT],…/NAME[/DATABASE]", with "rediss" for TLS; "?prefix=" sets what keys begin with';

const format =
  /^redis(?<tls>s?)(?:-(?<topology>cluster|sentinel))?:\/\/(?:(?<userinfo>[^/?#@]*)@)?(?<hosts>[^/?#@]+)(?<path>\/[^?#@]*)?(?:\?prefix=(?<prefix>[A-Za-z0-9:._-]{1,64}))?$/s;

const hostFormat = /^(?:\[(?<ipv6>[0-9A-Fa-f:.]+)\]|(?<name>[A-Za-z0-9._-]+))(?::(?<port>[1-9]\d{0,4}))?$/;

const pathFormats = {
  single: /^\/?(?<database>\d{1,5})?$/,
  cluster: /^\/?$/,
  sentinel: /^\/(?<name>[A-Za-z0-9._-]+)(?:\/(?<database>\d{1,5}))?$/,
} as const;

const defaultPorts = { single: 6379, cluster: 6379, sentinel: 26_379 } as const;
const maxPort = 65_535;

/** Null for anything but what {@link redisRule} describes. */
export function parseRedisLocation(text: string): RedisLocation | null {
  const parts = format.exec(text)?.groups;
  if (parts === undefined) return null;
  const topology = (parts['topology'] ?? 'single') as RedisLocation['topology'];
  const credentials = parseCredentials(parts['userinfo']);
  const nodes = parseNodes(parts['hosts'] ?? '', defaultPorts[topology]);
  const path = pathFormats[topology].exec(parts['path'] ?? '');
  if (credentials === null || nodes === null || path === null) return null;
  if (topology === 'single' && nodes.length !== 1) return null;
  return {
    kind: 'redis',
    topology,
    isEncrypted: parts['tls'] === 's',
    nodes,
    primaryName: path.groups?.['name'] ?? null,
    database: Number(path.groups?.['database'] ?? 0),
    prefix: parts['prefix'] ?? null,
    ...credentials,
  };
}

/** The URL without user and password. */
export function redisText(location: RedisLocation): string {
  const { topology, isEncrypted, nodes, primaryName, database, prefix } = location;
  const scheme = `redis${isEncrypted ? 's' : ''}${topology === 'single' ? '' : `-${topology}`}`;
  const hosts = nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  const name = primaryName === null ? '' : `/${primaryName}`;
  const index = database === 0 ? '' : `/${database}`;
  return `${scheme}://${hosts.join(',')}${name}${index}${prefix === null ? '' : `?prefix=${prefix}`}`;
}

function parseCredentials(userinfo: string | undefined): Pick<RedisLocation, 'username' | 'password'> | null {
  if (userinfo === undefined) return { username: null, password: null };
  const found = /^(?<username>[^:]*):(?<password>.+)$/s.exec(userinfo)?.groups;
  const username = decoded(found?.['username']);
  const password = decoded(found?.['password']);
  if (username === null || password === null) return null;
  return { username: username === '' ? null : username, password: new Secret(password) };
}

function decoded(text: string | undefined): string | null {
  try {
    return text === undefined ? null : decodeURIComponent(text);
  } catch {
    return null;
  }
}

function parseNodes(hosts: string, defaultPort: number): readonly RedisNodeAddress[] | null {
  const nodes = hosts.split(',').map((text) => {
    const found = hostFormat.exec(text)?.groups;
    const host = found?.['ipv6'] ?? found?.['name'];
    const port = Number(found?.['port'] ?? defaultPort);
    return host === undefined || port > maxPort ? null : { host, port };
  });
  return nodes.every((node) => node !== null) ? nodes : null;
}
