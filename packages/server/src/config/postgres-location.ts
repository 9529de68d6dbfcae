import { Secret } from 'pawl';

/** A PostgreSQL database, read from a URL. */
export interface PostgresLocation {
  readonly kind: 'postgres';
  /** The URL as `pg` takes it, without our own parameter. */
  readonly url: Secret;
  /** The schema that holds the tables; null for the store's default. */
  readonly schema: string | null;
  /** The URL without user, password and parameters of `pg`. */
  readonly shown: string;
  readonly hasPassword: boolean;
}

export const postgresRule =
  '"postgres://[USER:PASSWORD@]HOST[:PORT]/DATABASE", with "?schema=" for the tables and parameters of pg such as sslmode';

const schemaFormat = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/;

/** Null for anything but what {@link postgresRule} describes. */
export function parsePostgresLocation(text: string): PostgresLocation | null {
  if (!/^postgres(?:ql)?:\/\//.test(text) || text.includes('#') || !URL.canParse(text)) return null;
  const url = new URL(text);
  const parameters = url.searchParams;
  const schema = parameters.get('schema');
  // What a password that was not percent-encoded leaves behind must not pass for a path or a parameter: those are shown.
  const isWhole = isPath(url.pathname) && [...parameters.keys()].every((name) => /^[a-z_]+$/i.test(name));
  if (!isWhole || !isDecodable(url) || (schema !== null && !schemaFormat.test(schema))) return null;
  parameters.delete('schema');
  const host = url.host === '' ? (parameters.get('host') ?? '') : url.host;
  return {
    kind: 'postgres',
    url: new Secret(url.href),
    schema,
    shown: `postgres://${host}${url.pathname}${schema === null ? '' : `?schema=${schema}`}`,
    hasPassword: url.password !== '' || parameters.has('password'),
  };
}

function isPath(path: string): boolean {
  return /^(?:\/[^/@]*)?$/.test(path);
}

function isDecodable(url: URL): boolean {
  try {
    for (const part of [url.username, url.password, url.hostname, url.pathname]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
