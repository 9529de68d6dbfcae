import { randomFraction, systemRandom } from '../../base/random.js';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isPawlError, PawlError } from '../../errors.js';
import type { Store } from '../store.js';
import { busyTimeoutMilliseconds, SqliteConnection } from './connection.js';
import { createData } from './data.js';
import { createDocuments } from './documents.js';
import {
  cannotOpen,
  isBusy,
  isNotADatabase,
  loadDriver,
  type SqliteDatabase,
  type SqliteDriver,
} from './driver.js';
import { createEphemera } from './ephemera.js';
import { createEvents } from './events.js';
import { createReplays } from './replays.js';
import { prepareDatabase } from './schema.js';
import { createRevocations } from './revocations.js';
import { createSessions } from './sessions.js';
import { createSweep } from './sweep.js';

/** Where the file is and how long to wait for it. */
export interface SqliteStoreOptions {
  /** The file; its folder must exist. `:memory:` and `file:` addresses are refused. */
  readonly path: string;
  /** How long a call waits for other processes that write, before it rejects. Default 2. */
  readonly busyDeadlineSeconds?: number;
  /** A module shaped like `node:sqlite`. Default: `node:sqlite`, else `@photostructure/sqlite`. */
  readonly driver?: SqliteDriver;
}

/**
 * Opens a store in one SQLite file and creates the file, readable by its owner only, when there is none. Several
 * processes of one machine may have it open.
 *
 * Every write, rotations included, is synced to disk before it resolves. Does NOT work on network file systems.
 * Does NOT change the mode of a file that exists.
 *
 * @throws PawlError `option_invalid` when the options name no file that can be opened, or there is no driver
 * @throws PawlError `store_incompatible` for another program's file, one of an earlier format, a newer version of the tables, or no database
 * @throws PawlError `store_unavailable` when the file stayed locked or could not be read
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, busyDeadlineSeconds = 2 } = options;
  checkOptions(path, busyDeadlineSeconds);
  const driver = options.driver ?? (await loadDriver());
  const connection = new SqliteConnection(await open(driver, path, busyDeadlineSeconds), busyDeadlineSeconds);
  const replays = createReplays(connection);
  const ephemera = createEphemera(connection);
  const sweep = createSweep(connection);
  const revocations = createRevocations(connection);
  return {
    kind: 'sqlite',
    time: () => connection.read(() => null),
    sessions: createSessions(connection),
    data: createData(connection),
    documents: createDocuments(connection),
    events: createEvents(connection),
    replays: replays.port,
    ephemera: ephemera.port,
    // An empty transaction, for which SQLite must be allowed to write.
    check: () => connection.write(() => undefined),
    sweep: async (now, limit) => {
      await replays.sweep(now, limit);
      await ephemera.sweep(now, limit);
      return sweep(now, limit);
    },
    revocations: revocations.port,
    close: () => {
      revocations.close();
      return connection.close();
    },
  };
}

function checkOptions(path: string, busyDeadlineSeconds: number): void {
  if (path === '' || path.startsWith(':') || path.startsWith('file:')) {
    throw new PawlError('option_invalid', 'option path must name a file; for memory use pawl/stores/memory');
  }
  if (!(busyDeadlineSeconds > 0 && busyDeadlineSeconds <= 60)) {
    throw new PawlError('option_invalid', 'option busyDeadlineSeconds must be above 0 and at most 60');
  }
}

async function open(driver: SqliteDriver, path: string, deadlineSeconds: number): Promise<SqliteDatabase> {
  const deadlineAt = performance.now() + deadlineSeconds * 1000;
  createPrivately(path);
  for (;;) {
    try {
      return openOnce(driver, path);
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadlineAt) throw openingError(path, error);
    }
    await pause(randomFraction(systemRandom) * 20);
  }
}

/** SQLite gives the files beside it (-wal, -shm) the same mode. */
function createPrivately(path: string): void {
  try {
    // Only ever the creator opens the file here: closing a second descriptor would drop the locks of this process.
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw new PawlError('option_invalid', `option path: the file ${path} cannot be created`, {
      cause: error,
    });
  }
}

function openOnce(driver: SqliteDriver, path: string): SqliteDatabase {
  const database = new driver.DatabaseSync(path);
  try {
    database.exec(`pragma busy_timeout = ${String(busyTimeoutMilliseconds)}`);
    prepareDatabase(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openingError(path: string, cause: unknown): PawlError {
  if (isPawlError(cause)) return cause;
  if (isNotADatabase(cause)) {
    return new PawlError('store_incompatible', `the file ${path} is not a SQLite database`, { cause });
  }
  if (cannotOpen(cause)) {
    return new PawlError('option_invalid', `option path: the file ${path} cannot be opened for writing`, {
      cause,
    });
  }
  return new PawlError('store_unavailable', `the SQLite file ${path} could not be opened`, { cause });
}
