import { checkServer, readKnownVersion, readTables } from './compatibility.js';
import { PostgresConnection, type RunStatement } from './connection.js';
import { checkSchema, type PostgresPlace, resolvePlace } from './options.js';
import { createSchemaText, migrationsIn, type PostgresMigration } from './schema.js';
import { createStatement } from './statement.js';

/** Somebody else may be migrating a large table. */
const migrationDeadlineSeconds = 60;

const lock = createStatement("select pg_advisory_xact_lock(hashtextextended('pawl migrations', 0))");

/**
 * Creates the schema and its tables, or brings them to the version of this program, in one transaction. Processes that do it at the same
 * time wait for each other, and the tables are brought forward once. Safe to repeat.
 *
 * The pool's role must own the schema, or have the right to create it. Does NOT grant rights to other roles.
 *
 * @returns the names of the migrations that this call applied, in order; empty when there was nothing to do
 * @throws PawlError `option_invalid` when an option is not as described
 * @throws PawlError `store_incompatible` when the tables are of another format or newer than this program, the
 * database's encoding is not UTF8, the server is older than version 12, or its advisory locks do not lock
 * @throws PawlError `store_unavailable` when the database did not answer or refused
 */
export async function migratePostgres(place: PostgresPlace): Promise<readonly string[]> {
  const { pool, schema } = resolvePlace(place);
  const connection = new PostgresConnection(pool, {
    deadlineSeconds: migrationDeadlineSeconds,
    namedStatements: false,
  });
  try {
    return await connection.transaction((query) => migrate(query, schema));
  } finally {
    await connection.close();
  }
}

/**
 * The migrations as texts, for who applies them by hand: one transaction for each, in order.
 *
 * @param schema - as the option of the same name; default `pawl`
 * @throws PawlError `option_invalid` for a name that the option refuses
 */
export function postgresMigrations(schema?: string): readonly PostgresMigration[] {
  const name = checkSchema(schema);
  return migrationsIn(name).map(({ version, name: title, statements }) => {
    const all = version === 1 ? [createSchemaText(name), ...statements] : statements;
    return { version, name: title, sql: all.map((text) => `${text};`).join('\n') };
  });
}

async function migrate(query: RunStatement, schema: string): Promise<readonly string[]> {
  // Before the lock is relied upon.
  checkServer(await readTables(query, schema));
  // What others did meanwhile is seen by the statements after this one.
  await query(lock, []);
  const found = await readTables(query, schema);
  // Not left to `if not exists`: that asks for the right to create also where the schema exists.
  if (!found.hasSchema) await query({ name: '', text: createSchemaText(schema) }, []);
  const version = found.hasTables ? await readKnownVersion(query, schema, found) : 0;
  const pending = migrationsIn(schema).filter((migration) => migration.version > version);
  for (const { statements } of pending) {
    for (const text of statements) await query({ name: '', text }, []);
  }
  return pending.map(({ name }) => name);
}
