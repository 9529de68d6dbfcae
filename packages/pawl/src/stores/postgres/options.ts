import { PawlError } from '../../errors.js';
import type { PostgresPool } from './driver.js';
import { schemaNameFormat } from './statement.js';

/** How the store reaches the database and what it waits for. */
export interface PostgresStoreOptions {
  /**
   * A pool of the package `pg`, or one shaped like it. It stays the application's, which ends it after the store was closed. Its option
   * `connectionTimeoutMillis` should be set, so that connections to a host that went away are given up; its `statement_timeout` ends on
   * the server too what the store no longer waits for.
   */
  readonly pool: PostgresPool;
  /** The schema that holds the tables: small letters, digits and `_`, at most 63. Default `pawl`. */
  readonly schema?: string;
  /** How long a call may take, waiting for a connection included, before it rejects. Default 2. */
  readonly deadlineSeconds?: number;
  /** Whether connections keep the parsed statements. `false` for a pgbouncer that does not. Default true. */
  readonly namedStatements?: boolean;
  /**
   * Whether rotations and entries of the log wait for their commit as the connection's `synchronous_commit` says. With `false` they do not:
   * a crash of the server loses what it had not written yet, at most three times its `wal_writer_delay`. A lost rotation is healed; numbers
   * of lost entries may be given again. Logins and ends are waited for either way. Default true.
   */
  readonly synchronousRotations?: boolean;
}

/** Where the tables are. */
export interface PostgresPlace {
  /** A pool of the package `pg`, or one shaped like it. */
  readonly pool: PostgresPool;
  /** The schema that holds the tables. Default `pawl`. */
  readonly schema?: string;
}

/** Every default of the store, each with its reason. */
const defaults = {
  /** A schema of its own keeps our tables apart from the application's. */
  schema: 'pawl',
  /** Longer than a failover within a zone takes to be noticed, shorter than a user waits. */
  deadlineSeconds: 2,
  /** Parsing the statement of a rotation costs the server more than running it. */
  namedStatements: true,
  /** Nothing is lost that need not be. */
  synchronousRotations: true,
} as const;

const placeNames = ['pool', 'schema'];
const storeNames = [...placeNames, 'deadlineSeconds', 'namedStatements', 'synchronousRotations'];

/** @throws {@link PawlError} `option_invalid` */
export function resolveStoreOptions(options: PostgresStoreOptions): Required<PostgresStoreOptions> {
  const {
    deadlineSeconds = defaults.deadlineSeconds,
    namedStatements = defaults.namedStatements,
    synchronousRotations = defaults.synchronousRotations,
  } = options;
  checkNames(options, storeNames);
  if (typeof deadlineSeconds !== 'number' || !(deadlineSeconds > 0 && deadlineSeconds <= 60)) {
    throw invalid('deadlineSeconds', 'a number above 0 and at most 60');
  }
  for (const [name, value] of Object.entries({ namedStatements, synchronousRotations })) {
    if (typeof value !== 'boolean') throw invalid(name, 'true or false');
  }
  return { ...checkPlace(options), deadlineSeconds, namedStatements, synchronousRotations };
}

/** @throws {@link PawlError} `option_invalid` */
export function resolvePlace(place: PostgresPlace, others: readonly string[] = []): Required<PostgresPlace> {
  checkNames(place, [...placeNames, ...others]);
  return checkPlace(place);
}

/** @throws {@link PawlError} `option_invalid` */
export function checkSchema(schema: unknown = defaults.schema): string {
  if (typeof schema !== 'string' || !schemaNameFormat.test(schema) || schema.startsWith('pg_')) {
    throw invalid('schema', 'of small letters, digits and _, at most 63, not beginning with a digit or pg_');
  }
  return schema;
}

function checkPlace({ pool, schema }: PostgresPlace): Required<PostgresPlace> {
  const connect: unknown = Reflect.get(Object(pool), 'connect');
  if (typeof connect !== 'function') throw invalid('pool', 'a pool, see PostgresPool');
  return { pool, schema: checkSchema(schema) };
}

function checkNames(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new PawlError(
        'option_invalid',
        `option "${name}" is not an option; there are ${known.join(', ')}`,
      );
    }
  }
}

export function invalid(option: string, rule: string): PawlError {
  return new PawlError('option_invalid', `option "${option}" must be ${rule}`);
}
