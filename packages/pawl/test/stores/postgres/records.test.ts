import { afterAll, beforeAll, describe } from 'vitest';
import { postgresPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import { openPostgresStore } from '../../../src/stores/postgres/index.js';
import { testRecords } from '../records.js';
import { createPool, createTables } from './database.js';

const { schema, ...server } = await postgresPlace();
const pool = createPool(server, { options: '-c client_min_messages=warning' });

beforeAll(() => createTables(pool, schema));

afterAll(() => pool.end());

describe('a record that PostgreSQL holds', () => {
  testRecords(async () => ({
    store: await openPostgresStore({ pool, schema, deadlineSeconds: 30 }),
    async put(sessionId, member, value) {
      await pool.query(`update ${schema}.sessions set ${member} = $2 where id = $1`, [sessionId, value]);
    },
    read: async (sessionId) =>
      (await pool.query<object>(`select * from ${schema}.sessions where id = $1`, [sessionId])).rows,
  }));
});
