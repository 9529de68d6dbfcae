import type { SqliteDriver } from 'pawl/stores/sqlite';

/** Node's own SQLite where it has one, else the package with the same interface: every candidate uses the same one. */
export async function loadSqlite(): Promise<SqliteDriver> {
  try {
    const builtIn = 'node:sqlite';
    return (await import(builtIn)) as SqliteDriver;
  } catch {
    return import('@photostructure/sqlite');
  }
}
