import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import { createSessionStatements } from '../../../src/stores/postgres/session-statements.js';
import { createPool, createTables } from './database.js';

const { schema, ...server } = await postgresPlace();
const pool = createPool(server, { max: 1, options: '-c plan_cache_mode=force_generic_plan' });

/** Tables without statistics, as on the first day: a connection keeps the plans that it made then. */
async function createNewTables(): Promise<void> {
  await createTables(pool, schema);
  const { rows } = await pool.query<{ name: string }>(
    'select tablename as name from pg_tables where schemaname = $1',
    [schema],
  );
  for (const { name } of rows)
    await pool.query(`alter table ${schema}.${name} set (autovacuum_enabled = off)`);
}

beforeAll(createNewTables);

afterAll(() => pool.end());

async function planOf(text: string): Promise<string> {
  await pool.query(`prepare planned as ${text}`);
  const { rows: prepared } = await pool.query<{ count: string }>(
    "select cardinality(parameter_types) as count from pg_prepared_statements where name = 'planned'",
  );
  const nulls = Array<string>(Number(prepared[0]?.count)).fill('null');
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain execute planned(${nulls.join(', ')})`);
  await pool.query('deallocate planned');
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

const statements = createSessionStatements({ schema, deadlineSeconds: 2, rotations: 'inherited' });

describe('plans made on empty tables', () => {
  test.each(Object.keys(statements))('read by the key: %s', async (name) => {
    const { text } = statements[name as keyof typeof statements];
    expect(await planOf(text)).not.toContain('Seq Scan');
  });
});

describe('plans made on tables of a few rows', () => {
  // What an outer step has worked out stands in parentheses of its own.
  test.each(Object.keys(statements))('make the hash of a subject once for each session: %s', async (name) => {
    await createNewTables();
    await pool.query(`
      insert into ${schema}.subjects select sha256(n::text::bytea), 'AAAAA', 0, 0, 0, n::text from generate_series(1, 64) n;
      insert into ${schema}.sessions (created_at, expires_at, idle_seconds, generation, epoch, fork, seen, id, secret_hash, subject, client_id, scope, amr, window_seconds, floor, resilient, on_reuse, on_wrong_key, auth_time, offline, third_party, logout_owed, resources)
      select 0, 1, 1, 0, 0, 0, false, n::text, '', n::text, '', '', '[]', 10, 0, false, 'subject', 'report', 0, false, false, false, '[]' from generate_series(1, 64) n;
      analyze ${schema}.subjects; analyze ${schema}.sessions`);
    const { text } = statements[name as keyof typeof statements];
    const filters = (await planOf(text)).split('\n').filter((line) => line.includes('Filter:'));
    expect(filters.filter((line) => line.includes('= sha256('))).toEqual([]);
  });
});

describe('the indexes of sessions', () => {
  test('hold and ask for nothing that a rotation or a use changes', async () => {
    const { rows } = await pool.query<{ indexdef: string }>(
      "select indexdef from pg_indexes where schemaname = $1 and tablename = 'sessions' order by indexname",
      [schema],
    );
    const on = `ON ${schema}.sessions USING btree`;
    expect(rows.map(({ indexdef }) => indexdef)).toEqual([
      `CREATE INDEX sessions_ended ${on} (ended_of, kept_until, id) WHERE ((ended_of IS NOT NULL) AND (owed_until IS NULL))`,
      `CREATE INDEX sessions_live ${on} ("left"(id, 5)) WHERE (kept_until IS NULL)`,
      `CREATE INDEX sessions_owed ${on} (ended_of, owed_until, kept_until, id) WHERE (owed_until IS NOT NULL)`,
      `CREATE UNIQUE INDEX sessions_pkey ${on} (id)`,
    ]);
  });
});
