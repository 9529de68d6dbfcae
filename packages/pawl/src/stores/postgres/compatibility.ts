import { PawlError } from '../../errors.js';
import type { PostgresConnection, RunStatement } from './connection.js';
import { schemaFormat, schemaVersion } from './schema.js';
import { isTrue } from './session-row.js';
import { createStatement, quoteName } from './statement.js';

/** What the store relies on came with 12: WITH lists that are run once, and numbers whose texts are exact. */
const minimumServerVersion = 120_000;

/** Of the lock that is tried, which nobody else takes but to try it too: "Pawl", "lock" in ASCII. */
const triedLock = { high: 0x5061776c, low: 0x6c6f636b } as const;

// Some servers that speak the protocol take an advisory lock, answer that it is held, and hold nothing. The server says what this connection
// holds; the second list asks for each row of the first, so after the lock was taken. Shared, so that those who try it at once do not meet.
const advisoryLocks = `tried as materialized (
    select pg_try_advisory_xact_lock_shared(${String(BigInt(triedLock.high) * 0x1_0000_0000n + BigInt(triedLock.low))}) as is_taken
  ),
  held as materialized (
    select exists (
      select from pg_locks l where t.is_taken and l.locktype = 'advisory' and l.granted and l.pid = pg_backend_pid()
        and l.classid = ${String(triedLock.high)} and l.objid = ${String(triedLock.low)} and l.objsubid = 1
    ) as is_held from tried t
  )`;

// From the catalogue, where also a role without any right may look.
const tables = createStatement(`with ${advisoryLocks}
  select
  exists (select from pg_namespace where nspname = $1) as has_schema,
  exists (select from pg_class c where c.oid = m.oid) as has_tables,
  exists (select from pg_attribute a where a.attrelid = m.oid and a.attname = 'format') as has_format,
  coalesce(has_schema_privilege(m.namespace, 'usage') and has_table_privilege(m.oid, 'select'), false) as may_read,
  current_setting('server_version_num') as server_version, current_setting('server_encoding') as encoding,
  current_setting('extra_float_digits') as float_digits, (select is_held from held) as locks_hold
from (select) one left join (
  select c.oid, c.relnamespace as namespace from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = 'migrations'
) m on true`);

/** What a connection finds in the place of the tables. */
export interface FoundTables {
  readonly hasSchema: boolean;
  readonly hasTables: boolean;
  /** Whether they say of which format they are. Those of format 1 do not. */
  readonly hasFormat: boolean;
  readonly mayRead: boolean;
  readonly isSupported: boolean;
  readonly encoding: string;
  readonly floatDigits: number;
  /** Whether an advisory lock that was taken is held. */
  readonly advisoryLocksHold: boolean;
}

export async function readTables(query: RunStatement, schema: string): Promise<FoundTables> {
  const [row = {}] = await query(tables, [schema]);
  return {
    hasSchema: isTrue(row['has_schema']),
    hasTables: isTrue(row['has_tables']),
    hasFormat: isTrue(row['has_format']),
    mayRead: isTrue(row['may_read']),
    isSupported: Number(row['server_version']) >= minimumServerVersion,
    encoding: String(row['encoding']),
    floatDigits: Number(row['float_digits']),
    advisoryLocksHold: isTrue(row['locks_hold']),
  };
}

/** What tables that exist say of themselves. */
export interface TablesVersion {
  readonly format: number;
  /** Of this format. */
  readonly version: number;
}

export async function readVersion(
  query: RunStatement,
  schema: string,
  { hasFormat }: FoundTables,
): Promise<TablesVersion> {
  const format = hasFormat ? `coalesce(max(format), ${String(schemaFormat)})` : '1';
  const statement = createStatement(
    `select ${format} as format, coalesce(max(version), 0) as version from ${quoteName(schema)}.migrations`,
  );
  const [row] = await query(statement, []);
  return { format: Number(row?.['format']), version: Number(row?.['version']) };
}

/**
 * Checks that this program can work with what the database holds.
 *
 * @throws {@link PawlError} `store_incompatible` saying what to do, `store_unavailable`
 */
export async function checkTables(connection: PostgresConnection, schema: string): Promise<void> {
  const query: RunStatement = (statement, values) => connection.run(statement, values);
  const found = await readTables(query, schema);
  checkServer(found);
  // Instants are compared with what was read before, so they have to come back to the last digit.
  if (found.floatDigits < 1) throw incompatible('role must have extra_float_digits of at least 1');
  if (!found.hasTables) {
    throw incompatible(`schema "${schema}" has no tables of Pawl: run the migrations`);
  }
  if (!found.mayRead) throw incompatible(`role may not read the schema "${schema}"`);
  const version = await readKnownVersion(query, schema, found);
  if (version < schemaVersion) {
    throw incompatible(
      `tables have version ${String(version)}; this program needs version ${String(schemaVersion)}: run the migrations`,
    );
  }
}

/**
 * The version of tables that exist, when this program knows it.
 *
 * @throws {@link PawlError} `store_incompatible` for another format or a newer version, `store_unavailable`
 */
export async function readKnownVersion(
  query: RunStatement,
  schema: string,
  found: FoundTables,
): Promise<number> {
  const { format, version } = await readVersion(query, schema, found);
  if (format !== schemaFormat) {
    throw incompatible(
      `schema "${schema}" has tables of format ${String(format)}, which this program cannot read: start with another schema`,
    );
  }
  if (version > schemaVersion) {
    throw incompatible(
      `tables have version ${String(version)}; this program knows version ${String(schemaVersion)}: run a newer program`,
    );
  }
  return version;
}

/** @throws {@link PawlError} `store_incompatible` */
export function checkServer({ isSupported, encoding, advisoryLocksHold }: FoundTables): void {
  if (!isSupported) throw incompatible('server must have version 12 or later');
  // Entries of the feed and the log get their order under such locks: without them readers would skip some.
  if (!advisoryLocksHold) {
    throw incompatible(
      "server's advisory locks do not lock, as those of PostgreSQL do; Pawl needs PostgreSQL",
    );
  }
  if (encoding !== 'UTF8') throw incompatible('database must have the encoding UTF8');
}

function incompatible(what: string): PawlError {
  return new PawlError('store_incompatible', `the PostgreSQL ${what}`);
}
