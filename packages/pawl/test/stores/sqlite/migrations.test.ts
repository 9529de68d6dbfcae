import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../../../../testbed/src/temporary-folder.js';
import { loadDriver } from '../../../src/stores/sqlite/driver.js';
import { openSqliteStore } from '../../../src/stores/sqlite/index.js';
import { migrations } from '../../../src/stores/sqlite/schema.js';

const driver = await loadDriver();

/** A file as the program left it that knew this many of the migrations, with a document in it. */
function fileOfVersion(version: number): string {
  const path = join(temporaryFolder('sqlite-migrations'), 'pawl.db');
  const database = new driver.DatabaseSync(path);
  for (const migration of migrations.slice(0, version)) database.exec(migration);
  database.exec(`pragma user_version = ${version}`);
  database.exec("insert into documents (collection, key, version, value) values ('c', x'', 1, 'kept')");
  database.close();
  return path;
}

describe('a file of a version that is known', () => {
  const earlier = migrations.map((_, index) => index + 1);

  test.each(earlier)('%i is brought forward when it is opened, and keeps what it holds', async (version) => {
    const store = await openSqliteStore({ path: fileOfVersion(version) });
    expect(await store.documents.read('c', '')).toMatchObject({ value: 'kept' });
    expect(await store.replays.remember('k', 60, 0)).toBe(true);
    expect(await store.sweep(1, 10)).toBe(0);
    await store.close();
  });

  test('is brought forward once by eight that open it together', async () => {
    const path = fileOfVersion(1);
    const stores = await Promise.all(
      Array.from({ length: 8 }, () => openSqliteStore({ path, busyDeadlineSeconds: 30 })),
    );
    const answers = await Promise.all(stores.map(({ replays }) => replays.remember('race', 60, 0)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    await Promise.all(stores.map((store) => store.close()));
  });
});

test('versions begin at 1', () => {
  expect(migrations).toHaveLength(1);
});

test.each([
  ['delete', 1, '0x5061776c'],
  ['wal', 1, '0x5061776c'],
  ['wal', 2, '0x50617732'],
])('in journal mode %s a file of format %d is refused and left untouched', async (mode, format, id) => {
  const path = join(temporaryFolder('sqlite-format'), 'pawl.db');
  const database = new driver.DatabaseSync(path);
  database.exec(`pragma journal_mode = ${mode}; pragma application_id = ${id}; pragma user_version = 4;
    create table sessions (id blob primary key, bound_key text) strict, without rowid`);
  database.close();
  const before = readFileSync(path);
  await expect(openSqliteStore({ path })).rejects.toMatchObject({
    code: 'store_incompatible',
    message: `the SQLite file has format ${format}, which this program cannot read: start with a new file`,
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});
