import { Redis } from 'ioredis';
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Pool } from 'pg';
import type { NewSession, Store } from 'pawl/stores';
import { migratePostgres, openPostgresStore } from 'pawl/stores/postgres';
import { openRedisStore } from 'pawl/stores/redis';
import { openSqliteStore } from 'pawl/stores/sqlite';
import { type DatabaseKind, reasonAgainst, startDatabase } from '../databases.js';
import { openPool } from '../postgres-pool.js';
import { loadSqlite } from '../sqlite-driver.js';
import { addSessions } from '../stored-session.js';
import { tableBytes, usedMemoryBytes } from './database-bytes.js';

/** A store with nothing in it, on a database of its own. */
export interface BenchStore {
  readonly store: Store;
  /** Adds sessions as their logins would have left them, in the fastest way there is. */
  fill(sessions: readonly NewSession[]): Promise<unknown>;
  /** What the sessions take, without what an empty store takes where that can be told apart. */
  bytes(): Promise<number>;
  /** Finishes what the database would do later by itself. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** A kind of store. */
export interface StoreKind {
  /** Shown in tables. */
  readonly name: string;
  readonly database: DatabaseKind | null;
  /** @param folder - an empty one for its files */
  open(folder: string): Promise<BenchStore>;
}

/** A batch of the bench may wait longer than a user would. */
const deadlineSeconds = 60;

/** The stores that outlive their process. */
const kinds: readonly StoreKind[] = [
  { name: 'SQLite', database: null, open: openSqlite },
  { name: 'Redis', database: 'redis', open: openRedis },
  { name: 'PostgreSQL', database: 'postgres', open: openPostgres },
];

/** Those whose name matches and that can run here; says why when one cannot. */
export function chooseStores(only: RegExp, say: (line: string) => void): readonly StoreKind[] {
  return kinds
    .filter(({ name }) => only.test(name))
    .filter(({ name, database }) => {
      const reason = database === null ? null : reasonAgainst(database);
      if (reason !== null) say(`Not measured: ${name} (${reason}).`);
      return reason === null;
    });
}

/** Opens a store with nothing in it, its files in a new folder `folder`. */
export async function openBenchStore(kind: StoreKind, folder: string): Promise<BenchStore> {
  mkdirSync(folder);
  return kind.open(folder);
}

async function openSqlite(folder: string): Promise<BenchStore> {
  const file = path.join(folder, 'pawl.sqlite');
  const driver = await loadSqlite();
  const store = await openSqliteStore({ path: file, driver });
  /** Writes everything back from the log into the file. */
  const settle = async (): Promise<void> => {
    const database = new driver.DatabaseSync(file);
    const result = database.prepare('pragma wal_checkpoint(truncate)').get() as { readonly busy: number };
    database.close();
    if (result.busy !== 0) throw new Error(`${file} could not be written back`);
  };
  return {
    ...{ store, settle },
    fill: (sessions) => addSessions(store.sessions, sessions),
    async bytes() {
      await settle();
      return statSync(file).size;
    },
    close: () => store.close(),
  };
}

async function openRedis(folder: string): Promise<BenchStore> {
  const server = await startDatabase('redis', folder);
  const client = new Redis(server.address);
  const store = await openRedisStore({ client, deadlineSeconds });
  const before = await usedMemoryBytes(client);
  return {
    store,
    fill: (sessions) => addSessions(store.sessions, sessions),
    bytes: async () => (await usedMemoryBytes(client)) - before,
    settle: async () => undefined,
    async close() {
      await store.close();
      await client.quit();
      await server.end();
    },
  };
}

// What logins of the same client and device leave: the rows of the first one with another subject, id and secret.
const addSubjects = `
  insert into pawl.subjects as known (subject_hash, place, epoch, changed_at, logins, subject)
  select sha256(convert_to(added.subject, 'UTF8')), left(min(added.id), length(first.place)), first.epoch, first.changed_at, count(*), added.subject
  from unnest($2::text[], $3::text[]) as added (id, subject)
  join pawl.subjects as first on first.subject_hash = sha256(convert_to($1, 'UTF8'))
  group by added.subject, first.place, first.epoch, first.changed_at
  on conflict (subject_hash) do update set logins = known.logins + excluded.logins`;
const addRows = `
  insert into pawl.sessions
  select filled.*
  from unnest($2::text[], $3::text[], $4::text[]) as added (id, subject, secret_hash)
  join pawl.sessions as first on first.id = $1
  cross join lateral jsonb_populate_record(first, jsonb_build_object(
    'id', added.id, 'subject', added.subject, 'secret_hash', '\\x' || added.secret_hash
  )) as filled`;

/** Two statements for all: a login by itself takes half a millisecond, which is hours for ten millions. */
async function addAlike(pool: Pool, first: NewSession, others: readonly NewSession[]): Promise<void> {
  const ids = others.map(({ id }) => id);
  const subjects = others.map(({ subject }) => subject);
  const secrets = others.map(({ secretHash }) => Buffer.from(secretHash, 'base64url').toString('hex'));
  await pool.query(addSubjects, [first.subject, ids, subjects]);
  await pool.query(addRows, [first.id, ids, subjects, secrets]);
}

async function openPostgres(folder: string): Promise<BenchStore> {
  const server = await startDatabase('postgres', folder);
  const pool = openPool(server.address);
  await migratePostgres({ pool });
  const store = await openPostgresStore({ pool, deadlineSeconds });
  const before = await tableBytes(pool);
  return {
    store,
    async fill([first, ...others]) {
      if (first === undefined) return;
      await addSessions(store.sessions, [first]);
      await addAlike(pool, first, others);
    },
    bytes: async () => (await tableBytes(pool)) - before,
    async settle() {
      await pool.query('vacuum (analyze)');
      await pool.query('checkpoint');
    },
    async close() {
      await store.close();
      await pool.end();
      await server.end();
    },
  };
}
