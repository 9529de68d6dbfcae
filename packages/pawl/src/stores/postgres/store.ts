import type { Store } from '../store.js';
import { checkTables } from './compatibility.js';
import { PostgresConnection } from './connection.js';
import { createData } from './data.js';
import { createDocuments } from './documents.js';
import { createEphemera } from './ephemera.js';
import { createEvents } from './events.js';
import { type PostgresStoreOptions, resolveStoreOptions } from './options.js';
import { FeedOrder } from './feed-order.js';
import { createReplays } from './replays.js';
import { createRevocations } from './revocations.js';
import { createSessionStatements } from './session-statements.js';
import { createSessions } from './sessions.js';
import { createStatement, quoteName } from './statement.js';
import { createSweep } from './sweep.js';

/**
 * Opens a store in tables that {@link migratePostgres} has created. Any number of processes may use them at once.
 *
 * Logins, ends and documents are on the server's disk before they resolve, also where `synchronous_commit` is off; a server that was
 * configured with `fsync` off loses them in a crash all the same, see {@link inspectPostgres}. Every call ends within `deadlineSeconds`.
 * Does NOT create or change tables, and does NOT end the pool.
 *
 * @throws PawlError `option_invalid` when an option is not as described
 * @throws PawlError `store_incompatible` when the tables are missing, of another format or version or may not be read, or
 * the server, its encoding, its extra_float_digits or its advisory locks do not fit
 * @throws PawlError `store_unavailable` when the database did not answer
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { pool, schema, deadlineSeconds, namedStatements, synchronousRotations } =
    resolveStoreOptions(options);
  const connection = new PostgresConnection(pool, { deadlineSeconds, namedStatements });
  try {
    await checkTables(connection, schema);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const durability = synchronousRotations ? 'inherited' : 'deferred';
  const statements = createSessionStatements({ schema, deadlineSeconds, rotations: durability });
  // A server that only reads refuses it, as it would every write.
  const check = createStatement(`update ${quoteName(schema)}.documents set version = version where false`);
  const time = createStatement('select extract(epoch from clock_timestamp()) as time');
  const order = new FeedOrder(connection, schema, deadlineSeconds);
  const revocations = createRevocations(connection, { pool, schema, deadlineSeconds, order });
  const replays = createReplays(connection, schema, deadlineSeconds);
  const ephemera = createEphemera(connection, schema, deadlineSeconds);
  const sweep = createSweep(connection, schema, deadlineSeconds);
  return {
    kind: 'postgres',
    time: () => connection.accept(async () => Number((await connection.run(time, []))[0]?.['time'])),
    sessions: createSessions(connection, statements, order),
    data: createData(connection, schema, { deadlineSeconds, durability }),
    documents: createDocuments(connection, schema, deadlineSeconds),
    events: createEvents(connection, schema, { deadlineSeconds, durability }),
    replays: replays.port,
    ephemera: ephemera.port,
    revocations: revocations.port,
    check: () =>
      connection.accept(async () => {
        await connection.run(check, []);
      }),
    sweep: async (now, limit) => {
      await replays.sweep(now, limit);
      await ephemera.sweep(now, limit);
      return sweep(now, limit);
    },
    close: () => {
      revocations.close();
      return connection.close();
    },
  };
}
