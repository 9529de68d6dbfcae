/**
 * The store in one SQLite file: the default of an embedded Pawl.
 *
 * @module pawl/stores/sqlite
 */
export type { SqliteDatabase, SqliteDriver, SqliteStatement, SqliteValue } from './driver.js';
export { openSqliteStore, type SqliteStoreOptions } from './store.js';
