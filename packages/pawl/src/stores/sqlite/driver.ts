import { PawlError } from '../../errors.js';

export type SqliteValue = string | number | null | Uint8Array;

/** A prepared statement; values take the places of `?` in order. */
export interface SqliteStatement {
  /** The first row, or undefined. */
  get(...values: SqliteValue[]): unknown;
  all(...values: SqliteValue[]): unknown[];
  run(...values: SqliteValue[]): unknown;
}

/** One connection. All calls are synchronous; errors carry SQLite's result code as `errcode`. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

/** What is used of the `node:sqlite` module. */
export interface SqliteDriver {
  readonly DatabaseSync: new (path: string) => SqliteDatabase;
}

/** In the order of preference: what the runtime brings along, then the optional peer. */
const driverModules: readonly string[] = ['node:sqlite', '@photostructure/sqlite'];

/**
 * Loads the first of the modules that this runtime has.
 *
 * @throws PawlError `option_invalid` when there is none
 */
export async function loadDriver(moduleNames: readonly string[] = driverModules): Promise<SqliteDriver> {
  const failures: unknown[] = [];
  for (const name of moduleNames) {
    try {
      return (await import(name)) as SqliteDriver;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new PawlError(
    'option_invalid',
    'this runtime has no node:sqlite: use Node 22.13 or later, or install @photostructure/sqlite',
    { cause: new AggregateError(failures) },
  );
}

const busyCode = 5;
const lockedCode = 6;
const protocolCode = 15;
const readOnlyCode = 8;
const cannotOpenCode = 14;
const notADatabaseCode = 26;

/** Whether another connection was in the way, so that the same step may succeed later. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === busyCode || code === lockedCode || code === protocolCode;
}

export function isNotADatabase(error: unknown): boolean {
  return resultCode(error) === notADatabaseCode;
}

/** Whether the file, or its folder, cannot be opened for writing. */
export function cannotOpen(error: unknown): boolean {
  const code = resultCode(error);
  return code === cannotOpenCode || code === readOnlyCode;
}

/** The primary result code of SQLite: the low byte of the extended one. */
function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}
