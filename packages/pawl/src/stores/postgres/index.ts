/**
 * The store in PostgreSQL, for any number of processes and machines.
 *
 * @module pawl/stores/postgres
 */
export type { PostgresClient, PostgresPool, PostgresQuery, PostgresRow } from './driver.js';
export { inspectPostgres, type PostgresInspection, type PostgresInspectionOptions } from './inspect.js';
export { migratePostgres, postgresMigrations } from './migrate.js';
export type { PostgresPlace, PostgresStoreOptions } from './options.js';
export type { PostgresMigration } from './schema.js';
export { openPostgresStore } from './store.js';
