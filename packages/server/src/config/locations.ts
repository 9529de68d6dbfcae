import { join } from 'node:path';
import type { Config } from './config.js';
import type { StoreLocation } from './store-location.js';

/** Where the store is: the option, or the database in the data folder. */
export function storeLocation(config: Config): StoreLocation {
  return config.store ?? { kind: 'sqlite', path: join(config.data, 'pawl.sqlite') };
}

/** Where a generated master key is kept. */
export function masterKeyPath(config: Config): string {
  return join(config.data, 'master.key');
}

/** The server's own address; an IPv6 host stands in brackets (RFC 3986 §3.2.2). */
export function origin(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
