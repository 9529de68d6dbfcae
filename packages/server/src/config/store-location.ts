import { z } from 'zod';
import { parsePostgresLocation, type PostgresLocation, postgresRule } from './postgres-location.js';
import { parseRedisLocation, type RedisLocation, redisRule, redisText } from './redis-location.js';

/** Where sessions, accounts, keys and the event log live. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'memory' }
  | RedisLocation
  | PostgresLocation;

export const storeRule: string = `"sqlite:PATH", "memory:", ${redisRule}, or ${postgresRule}; in names and passwords, percent-encode what is not a letter or digit`;

export const storeSchema: z.ZodType<StoreLocation> = z.string().transform((text, context): StoreLocation => {
  const location = parseLocation(text);
  if (location !== null) return location;
  context.addIssue({ code: 'custom', message: storeRule });
  return z.NEVER;
});

function parseLocation(text: string): StoreLocation | null {
  if (text === 'memory:') return { kind: 'memory' };
  const path = /^sqlite:(?<path>.+)$/s.exec(text)?.groups?.['path'];
  if (path !== undefined) {
    return path === ':memory:' || path.includes('\0') ? null : { kind: 'sqlite', path };
  }
  return parseRedisLocation(text) ?? parsePostgresLocation(text);
}

/** Whether the text is a location with a password in it. */
export function holdsStorePassword(text: string): boolean {
  const location = parseLocation(text);
  if (location?.kind === 'redis') return location.password !== null;
  return location?.kind === 'postgres' && location.hasPassword;
}

/** The location as it may be shown to anybody: without user and password. */
export function storeText(location: StoreLocation): string {
  switch (location.kind) {
    case 'memory':
      return 'memory:';
    case 'sqlite':
      return `sqlite:${location.path}`;
    case 'redis':
      return redisText(location);
    case 'postgres':
      return location.shown;
  }
}

/** Whether other machines can use the same store. */
export function isNetworkStore(location: StoreLocation): location is RedisLocation | PostgresLocation {
  return location.kind === 'redis' || location.kind === 'postgres';
}
