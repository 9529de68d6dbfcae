import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import {
  inspectPostgres,
  migratePostgres,
  openPostgresStore,
  postgresMigrations,
} from '../../../src/stores/postgres/index.js';
import { schemaVersion } from '../../../src/stores/postgres/schema.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import {
  createChild,
  createSession,
  newChild,
  newSession,
  startAt,
} from '../../../src/testing/session-fixture.js';
import { createDatabase, createPool } from './database.js';

const random = createSeededRandom(7);

const server = await createDatabase();
/** A machine that is busy is no server that does not answer. */
const deadlineSeconds = 30;
const pool = createPool(server, { options: '-c client_min_messages=warning' });

afterAll(() => pool.end());

beforeEach(async () => {
  await pool.query('drop schema if exists pawl cascade');
});

const names = ['sessions, subjects, documents, events, replays, session data, revocations, ephemera'];

async function columnsOf(schema: string): Promise<object[]> {
  const { rows } = await pool.query<object>(
    `select table_name, column_name, data_type, collation_name, is_nullable from information_schema.columns
    where table_schema = $1 order by table_name, column_name`,
    [schema],
  );
  return rows;
}

describe('migrations', () => {
  test('begin at version 1', () => {
    expect(postgresMigrations().map(({ version, name }) => [version, name])).toEqual([[1, names[0]]]);
    expect(schemaVersion).toBe(1);
  });

  test('are applied once, and their names told', async () => {
    expect(await migratePostgres({ pool })).toEqual(names);
    expect(await migratePostgres({ pool })).toEqual([]);
    await (await openPostgresStore({ pool, deadlineSeconds })).close();
  });

  test('of eight processes at once are applied by one, 10 rounds', async () => {
    for (let round = 0; round < 10; round += 1) {
      const pools = Array.from({ length: 8 }, () => createPool(server, { max: 1 }));
      const applied = await Promise.all(pools.map((own) => migratePostgres({ pool: own })));
      expect(applied.flat()).toEqual(names);
      await Promise.all(pools.map((own) => own.end()));
      await pool.query('drop schema pawl cascade');
    }
  });

  test('printed and applied by hand make the same tables', async () => {
    await migratePostgres({ pool });
    for (const { sql } of postgresMigrations('by_hand')) await pool.query(`begin; ${sql} commit`);
    const byHand = await columnsOf('by_hand');
    expect(byHand.length).toBeGreaterThan(30);
    expect(byHand).toEqual(await columnsOf('pawl'));
    expect(await migratePostgres({ pool, schema: 'by_hand' })).toEqual([]);
    await (await openPostgresStore({ pool, deadlineSeconds, schema: 'by_hand' })).close();
    await pool.query('drop schema by_hand cascade');
  });

  test('that fail leave nothing behind', async () => {
    await pool.query('create schema pawl; create table pawl.events (id int)');
    await expect(migratePostgres({ pool })).rejects.toMatchObject({
      code: 'store_unavailable',
      message: 'the PostgreSQL store did not do the step: SQLSTATE 42P07',
    });
    const tables = (await columnsOf('pawl')) as { table_name: string }[];
    expect(tables.map(({ table_name }) => table_name)).toEqual(['events']);
  });

  test('are left to a newer program when it was there before', async () => {
    await migratePostgres({ pool });
    await pool.query("insert into pawl.migrations (version, name) values (99, 'of a newer program')");
    await expect(migratePostgres({ pool })).rejects.toMatchObject({ code: 'store_incompatible' });
  });
});

/** What a schema holds: its columns, and the rows of its migrations. */
async function contentOf(schema: string): Promise<unknown> {
  const { rows } = await pool.query(`select * from ${schema}.migrations`);
  return { columns: await columnsOf(schema), rows };
}

describe('tables of another format', () => {
  const refused = (format: number) => ({
    code: 'store_incompatible',
    message: `the PostgreSQL schema "pawl" has tables of format ${format}, which this program cannot read: start with another schema`,
  });

  test('1 are refused by the migrations and by opening, and left untouched', async () => {
    await pool.query(`create schema pawl;
      create table pawl.migrations (version integer primary key, name text not null, applied_at timestamptz not null default now());
      create table pawl.sessions (id text primary key, bound_key text);
      insert into pawl.migrations (version, name) values (1, 'sessions, subjects, documents, events'), (4, 'revocations')`);
    const before = await contentOf('pawl');
    await expect(migratePostgres({ pool })).rejects.toMatchObject(refused(1));
    await expect(openPostgresStore({ pool, deadlineSeconds })).rejects.toMatchObject(refused(1));
    expect(await inspectPostgres({ pool, clock: systemClock })).toMatchObject({ migrationVersion: null });
    expect(await contentOf('pawl')).toEqual(before);
  });

  test.each([2, 4])('%i, of another program, are refused the same way', async (format) => {
    await migratePostgres({ pool });
    await pool.query('update pawl.migrations set format = $1', [format]);
    const before = await contentOf('pawl');
    await expect(migratePostgres({ pool })).rejects.toMatchObject(refused(format));
    await expect(openPostgresStore({ pool, deadlineSeconds })).rejects.toMatchObject(refused(format));
    expect(await contentOf('pawl')).toEqual(before);
  });
});

describe('opening', () => {
  test('asks for the migrations when they are missing or behind, and refuses newer ones', async () => {
    const open = () => openPostgresStore({ pool, deadlineSeconds });
    await expect(open()).rejects.toMatchObject({
      code: 'store_incompatible',
      message: 'the PostgreSQL schema "pawl" has no tables of Pawl: run the migrations',
    });
    await migratePostgres({ pool });
    await pool.query('delete from pawl.migrations where version > 1; update pawl.migrations set version = 0');
    await expect(open()).rejects.toMatchObject({
      code: 'store_incompatible',
      message: `the PostgreSQL tables have version 0; this program needs version ${schemaVersion}: run the migrations`,
    });
    await pool.query(`update pawl.migrations set version = ${schemaVersion + 1}`);
    await expect(open()).rejects.toMatchObject({
      code: 'store_incompatible',
      message: `the PostgreSQL tables have version ${schemaVersion + 1}; this program knows version ${schemaVersion}: run a newer program`,
    });
  });

  test('refuses options that it does not know or cannot use', async () => {
    const refused: readonly object[] = [
      { pool: null },
      { pool: {} },
      { pool, schema: 'Pawl' },
      { pool, schema: 'pg_pawl' },
      { pool, schema: 'a"; drop table b; --' },
      { pool, schema: '' },
      { pool, deadlineSeconds: 0 },
      { pool, deadlineSeconds: '2' },
      { pool, deadlineSeconds: Number.NaN },
      { pool, namedStatements: 'no' },
      { pool, synchronousRotations: 1 },
      { pool, deadline: 2 },
    ];
    for (const options of refused) {
      const open = openPostgresStore(options as Parameters<typeof openPostgresStore>[0]);
      await expect(open, Object.keys(options).join()).rejects.toMatchObject({ code: 'option_invalid' });
    }
    const unclocked = { pool } as unknown as Parameters<typeof inspectPostgres>[0];
    await expect(inspectPostgres(unclocked)).rejects.toMatchObject({ code: 'option_invalid' });
    expect(() => postgresMigrations('a b')).toThrow(expect.objectContaining({ code: 'option_invalid' }));
  });

  test('refuses a database of another encoding, and a role that rounds instants', async () => {
    const database = `${server.database}_latin`;
    await pool.query(`create database ${database} encoding latin1 template template0`);
    const latin = createPool({ ...server, database });
    for (const call of [migratePostgres, openPostgresStore]) {
      await expect(call({ pool: latin })).rejects.toMatchObject({ code: 'store_incompatible' });
    }
    await latin.end();
    await migratePostgres({ pool });
    const rounding = createPool(server, { options: '-c extra_float_digits=0' });
    await expect(openPostgresStore({ pool: rounding, deadlineSeconds })).rejects.toMatchObject({
      code: 'store_incompatible',
    });
    await rounding.end();
  });
});

describe('inspection', () => {
  test('finds the version of the server and of the tables, and its clock', async () => {
    const before = await inspectPostgres({ pool, clock: systemClock });
    expect(before).toMatchObject({
      migrationVersion: null,
      neededMigrationVersion: schemaVersion,
      missingPermissions: [],
    });
    await migratePostgres({ pool });
    const ahead = { now: () => systemClock.now() + 300 };
    const { clockOffsetSeconds, serverVersion, ...found } = await inspectPostgres({ pool, clock: ahead });
    expect(Math.abs(clockOffsetSeconds + 300)).toBeLessThan(60);
    expect(serverVersion).toMatch(/^\d+/);
    expect(found).toEqual({
      isSupported: true,
      advisoryLocksHold: true,
      fsync: 'off',
      fullPageWrites: 'on',
      synchronousCommit: 'on',
      isReplica: false,
      migrationVersion: schemaVersion,
      neededMigrationVersion: schemaVersion,
      missingPermissions: [],
    });
  });

  test('names the rights that a role lacks; with those it asks for, the store works', async () => {
    await migratePostgres({ pool });
    // Roles belong to the whole server, which others share.
    const role = `role_of_${server.database}`;
    await pool.query(`create role ${role} login`);
    const app = createPool({ ...server, user: role });
    const inspect = () => inspectPostgres({ pool: app, clock: systemClock });
    expect((await inspect()).missingPermissions.length).toBe(45);
    await expect(openPostgresStore({ pool: app, deadlineSeconds })).rejects.toMatchObject({
      code: 'store_incompatible',
      message: 'the PostgreSQL role may not read the schema "pawl"',
    });
    await pool.query(`grant usage on schema pawl to ${role}; grant select on pawl.migrations to ${role};
      grant select, insert, update, delete on pawl.subjects, pawl.sessions, pawl.session_data, pawl.client_counters, pawl.documents, pawl.replays, pawl.revocations, pawl.ephemera to ${role};
      grant select, insert on pawl.events to ${role}`);
    expect(await inspect()).toMatchObject({
      migrationVersion: schemaVersion,
      missingPermissions: ['delete on events', 'update on events'],
    });
    await pool.query(`grant update, delete on pawl.events to ${role}`);
    expect((await inspect()).missingPermissions).toEqual([]);
    await pool.query('revoke execute on function pawl.end_session from public');
    expect((await inspect()).missingPermissions).toEqual(['execute on function end_session']);
    await pool.query(`grant execute on all functions in schema pawl to ${role}`);
    expect((await inspect()).missingPermissions).toEqual([]);
    const store = await openPostgresStore({ pool: app, deadlineSeconds });
    await store.check();
    await store.events.append([{ at: 1, subject: null, sessionId: null, body: '{}' }]);
    const { session } = await createSession(store.sessions, newSession(random), 5, startAt);
    await createChild(store.sessions, session, newChild(random, session), { use: session });
    expect((await store.sessions.revokeClient(session.subject, 'app', startAt)).endedIds.length).toBe(1);
    expect(await store.sessions.revokeSession(session.id, null, startAt)).not.toBe(null);
    expect(await store.sweep(1e9 * 4, 10)).toBe(3);
    await store.close();
    await app.end();
  });
});
