import { join } from 'node:path';
import { describe } from 'vitest';
import { temporaryFolder } from '../../../../../testbed/src/temporary-folder.js';
import { decodeBase64url } from '../../../src/base/base64url.js';
import { loadDriver } from '../../../src/stores/sqlite/driver.js';
import { openSqliteStore } from '../../../src/stores/sqlite/index.js';
import { type Member, type OpenedRecords, testRecords } from '../records.js';

const driver = await loadDriver();

async function open(): Promise<OpenedRecords> {
  const path = join(temporaryFolder('sqlite-records'), 'pawl.db');
  const store = await openSqliteStore({ path, busyDeadlineSeconds: 30 });

  function run(sql: string, ...values: (string | Uint8Array | null)[]): unknown {
    const database = new driver.DatabaseSync(path);
    const found = database.prepare(sql).get(...values);
    database.close();
    return found;
  }

  return {
    store,
    put(sessionId, member: Member, value) {
      run(`update sessions set ${member} = ? where id = ? returning id`, value, decodeBase64url(sessionId));
      return Promise.resolve();
    },
    read: (sessionId) =>
      Promise.resolve(run('select * from sessions where id = ?', decodeBase64url(sessionId))),
  };
}

describe('a record that a SQLite file holds', () => {
  testRecords(open);
});
