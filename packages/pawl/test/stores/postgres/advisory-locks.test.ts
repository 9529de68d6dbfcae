import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.js';
import { inspectPostgres, migratePostgres, openPostgresStore } from '../../../src/stores/postgres/index.js';
import { createDatabase, createPool } from './database.js';

const server = await createDatabase();
const deadlineSeconds = 30;
const pool = createPool(server, { options: '-c client_min_messages=warning' });
// As on a server that only speaks like PostgreSQL: the functions are there, and do nothing.
const lockless = createPool(server, { options: '-c search_path=lockless,pg_catalog' });

await pool.query(`create schema lockless;
  create function lockless.pg_try_advisory_xact_lock_shared(bigint) returns boolean language sql as 'select true';
  create function lockless.pg_advisory_xact_lock(bigint) returns void language sql as 'select'`);

afterAll(async () => {
  await Promise.all([pool, lockless].map((each) => each.end()));
});

beforeEach(async () => {
  await pool.query('drop schema if exists pawl cascade');
});

const refused = {
  code: 'store_incompatible',
  message:
    "the PostgreSQL server's advisory locks do not lock, as those of PostgreSQL do; Pawl needs PostgreSQL",
};

describe('a server whose advisory locks do not lock', () => {
  test('is refused by the migrations, which change nothing', async () => {
    await expect(migratePostgres({ pool: lockless })).rejects.toMatchObject(refused);
    const { rows } = await pool.query("select from pg_namespace where nspname = 'pawl'");
    expect(rows).toEqual([]);
  });

  test('is refused by opening, with tables that are there and without', async () => {
    const open = () => openPostgresStore({ pool: lockless, deadlineSeconds });
    await expect(open()).rejects.toMatchObject(refused);
    await migratePostgres({ pool });
    await expect(open()).rejects.toMatchObject(refused);
  });

  test('is told by the inspection', async () => {
    await migratePostgres({ pool });
    const [without, real] = await Promise.all(
      [lockless, pool].map((each) => inspectPostgres({ pool: each, clock: systemClock })),
    );
    expect(without).toMatchObject({ advisoryLocksHold: false, isSupported: true });
    expect(real).toMatchObject({ advisoryLocksHold: true });
  });
});

describe('a server whose advisory locks lock', () => {
  test('is opened by 8 at once, 20 rounds, and no lock stays', async () => {
    await migratePostgres({ pool });
    for (let round = 0; round < 20; round += 1) {
      const stores = await Promise.all(
        Array.from({ length: 8 }, () => openPostgresStore({ pool, deadlineSeconds })),
      );
      await Promise.all(stores.map((store) => store.close()));
    }
    const { rows } = await pool.query(
      `select from pg_locks where locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())`,
    );
    expect(rows).toEqual([]);
  });
});
