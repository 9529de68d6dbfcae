import type { Clock } from '../../base/clock.js';
import { readTables, readVersion } from './compatibility.js';
import { PostgresConnection, type RunStatement } from './connection.js';
import { invalid, type PostgresPlace, resolvePlace } from './options.js';
import { schemaFormat, schemaVersion } from './schema.js';
import { sessionFunctionNames } from './session-functions.js';
import { isTrue } from './session-row.js';
import { createStatement } from './statement.js';

const inspectionDeadlineSeconds = 10;

const settings = createStatement(`select current_setting('server_version') as version,
  current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit, pg_is_in_recovery() as is_replica,
  extract(epoch from clock_timestamp()) as now`);

const needed: readonly (readonly [table: string, right: string])[] = [
  ['migrations', 'select'],
  ...[
    'subjects',
    'sessions',
    'session_data',
    'client_counters',
    'documents',
    'events',
    'replays',
    'revocations',
    'ephemera',
  ].flatMap((table) => ['select', 'insert', 'update', 'delete'].map((right) => [table, right] as const)),
];

const missing = createStatement(`select n.needed_right || ' on ' || n.name as missing
from unnest($2::text[], $3::text[]) as n (name, needed_right)
join pg_namespace s on s.nspname = $1
left join pg_class c on c.relnamespace = s.oid and c.relname = n.name
where c.oid is null or not has_schema_privilege(s.oid, 'usage') or not has_table_privilege(c.oid, n.needed_right)
union all select 'execute on function ' || f.name from unnest($4::text[]) as f (name)
join pg_namespace s on s.nspname = $1
left join pg_proc p on p.pronamespace = s.oid and p.proname = f.name
where p.oid is null or not has_schema_privilege(s.oid, 'usage') or not has_function_privilege(p.oid, 'execute')
order by missing`);

/** What {@link inspectPostgres} found. */
export interface PostgresInspection {
  /** As the server writes it. */
  readonly serverVersion: string;
  /** Whether it is 12 or later. */
  readonly isSupported: boolean;
  /** Whether an advisory lock that was taken is held. Servers that only speak like PostgreSQL may hold none: the store cannot work with them. */
  readonly advisoryLocksHold: boolean;
  /** `off`: a crash of the machine may lose or damage everything. */
  readonly fsync: string;
  /** `off`: a crash of the machine may damage pages, on file systems that do not write them whole. */
  readonly fullPageWrites: string;
  /** Of this connection. The store waits for logins and ends also where it is `off`. */
  readonly synchronousCommit: string;
  /** A replica only reads: the store cannot work with it. */
  readonly isReplica: boolean;
  /** The server's clock minus ours, to within the time that one round trip took. */
  readonly clockOffsetSeconds: number;
  /** Version of the tables; null when there are none, they are of another format, or the role may not read it. */
  readonly migrationVersion: number | null;
  /** Version of the tables that this program works on. */
  readonly neededMigrationVersion: number;
  /** Rights that the pool's role lacks, as `update on sessions` or `execute on function end_session`; empty without tables. */
  readonly missingPermissions: readonly string[];
}

/** What to look at, and the clock to compare the server's with. */
export interface PostgresInspectionOptions extends PostgresPlace {
  readonly clock: Clock;
}

/**
 * Looks at the database that a store would use, and changes nothing.
 *
 * Does NOT judge: what is wrong for one installation is meant in another.
 *
 * @throws PawlError `option_invalid` when an option is not as described
 * @throws PawlError `store_unavailable` when the database did not answer within 10 seconds
 */
export async function inspectPostgres(options: PostgresInspectionOptions): Promise<PostgresInspection> {
  const { pool, schema } = resolvePlace(options, ['clock']);
  if (typeof Reflect.get(Object(options.clock), 'now') !== 'function')
    throw invalid('clock', 'a clock, see Clock');
  const connection = new PostgresConnection(pool, {
    deadlineSeconds: inspectionDeadlineSeconds,
    namedStatements: false,
  });
  try {
    const query: RunStatement = (statement, values) => connection.run(statement, values);
    const tables = await readTables(query, schema);
    const { format, version } = tables.mayRead
      ? await readVersion(query, schema, tables)
      : { format: null, version: null };
    const before = options.clock.now();
    const [row = {}] = await query(settings, []);
    const halfway = (before + options.clock.now()) / 2;
    const [names, rights] = [needed.map(([name]) => name), needed.map(([, right]) => right)];
    const lacking = tables.hasTables
      ? await query(missing, [schema, names, rights, sessionFunctionNames])
      : [];
    return {
      serverVersion: String(row['version']),
      isSupported: tables.isSupported,
      advisoryLocksHold: tables.advisoryLocksHold,
      fsync: String(row['fsync']),
      fullPageWrites: String(row['full_page_writes']),
      synchronousCommit: String(row['synchronous_commit']),
      isReplica: isTrue(row['is_replica']),
      clockOffsetSeconds: Number(row['now']) - halfway,
      migrationVersion: format === schemaFormat ? version : null,
      neededMigrationVersion: schemaVersion,
      missingPermissions: lacking.map((found) => String(found['missing'])),
    };
  } finally {
    await connection.close();
  }
}
