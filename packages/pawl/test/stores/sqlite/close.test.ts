import { copyFileSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../../src/stores/sqlite/index.js';

test('after closing, the file alone holds everything', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pawl-close-'));
  const path = join(folder, 'pawl.sqlite');
  const store = await openSqliteStore({ path });
  await store.documents.write('notes', 'a', 0, 'kept');
  await store.close();
  expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);

  const copy = join(folder, 'copy.sqlite');
  copyFileSync(path, copy);
  const restored = await openSqliteStore({ path: copy });
  expect(await restored.documents.read('notes', 'a')).toEqual({ key: 'a', version: 1, value: 'kept' });
  await restored.close();
});
