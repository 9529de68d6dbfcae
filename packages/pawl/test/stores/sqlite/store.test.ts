import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { openSqliteStore } from '../../../src/stores/sqlite/index.js';
import { storeConformance } from '../../../src/testing/index.js';

const folder = mkdtempSync(join(tmpdir(), 'pawl-sqlite-'));
let files = 0;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function open(): ReturnType<typeof openSqliteStore> {
  // Long, so that a slow disk under many tests at once is not taken for a failure.
  return openSqliteStore({ path: join(folder, `${String(files)}.db`), busyDeadlineSeconds: 30 });
}

storeConformance(
  { describe, test },
  {
    open: () => {
      files += 1;
      return open();
    },
    openAnother: open,
  },
);
