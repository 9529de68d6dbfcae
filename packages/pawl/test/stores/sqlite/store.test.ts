import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { openSqliteStore } from '../../../src/stores/sqlite/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { countedDriver } from './counted-driver.js';

const driver = await countedDriver();
const folder = mkdtempSync(join(tmpdir(), 'pawl-sqlite-'));
const path = join(folder, 'store.db');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function open(busyDeadlineSeconds = 30): ReturnType<typeof openSqliteStore> {
  // Long, so that a slow disk under many tests at once is not taken for a failure.
  return openSqliteStore({ path, busyDeadlineSeconds, driver });
}

storeConformance(
  { describe, test },
  {
    open: () => open(),
    openAnother: () => open(),
    // Who holds the write lock lets others read, and nobody write.
    async openStuck() {
      const store = await open(0.5);
      const other = new driver.DatabaseSync(path);
      other.exec('begin exclusive');
      let isHeld = true;
      return {
        store,
        release: () => {
          if (isHeld) other.close();
          isHeld = false;
          return Promise.resolve();
        },
      };
    },
    recordsRead: () => Promise.resolve(driver.rows()),
    remove: () => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
      return Promise.resolve();
    },
  },
);
