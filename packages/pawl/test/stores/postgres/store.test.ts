import { afterAll, beforeAll, describe, test } from 'vitest';
import { TcpProxy } from '../../../../../testbed/src/tcp-proxy.js';
import { postgresPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import type { Store } from '../../../src/stores/index.js';
import { openPostgresStore } from '../../../src/stores/postgres/index.js';
import { storeConformance } from '../../../src/testing/index.js';
import { createPool, createTables, emptyTables, sessionsRead } from './database.js';

const { schema, ...server } = await postgresPlace();
const proxy = await TcpProxy.start(server.port);
const admin = createPool(server, { max: 1, options: '-c client_min_messages=warning' });
// Kept from test to test, and few: a new connection is a new process of the server, which makes its own plans of the functions.
const pools = Array.from({ length: 4 }, () => createPool(server, { max: 2 }));
const proxied = createPool({ ...server, port: proxy.port }, { max: 4, connectionTimeoutMillis: 5000 });
let opened = 0;

beforeAll(() => createTables(admin, schema));

afterAll(async () => {
  await Promise.all([admin, proxied, ...pools].map((pool) => pool.end()));
  await proxy.close();
});

function openWith(index: number): Promise<Store> {
  const pool = pools[index % pools.length] as (typeof pools)[number];
  // Long, so that a busy machine is not taken for a failure.
  return openPostgresStore({ pool, schema, deadlineSeconds: 30 });
}

storeConformance(
  { describe, test },
  {
    open: () => openWith((opened = 0)),
    openAnother: () => openWith((opened += 1)),
    async openStuck() {
      const store = await openPostgresStore({ pool: proxied, schema, deadlineSeconds: 0.5 });
      void proxy.withholdAnswers();
      return {
        store,
        release: () => {
          proxy.passAnswers();
          return Promise.resolve();
        },
      };
    },
    recordsRead: () => sessionsRead(pools, schema),
    remove: () => emptyTables(admin, schema),
  },
);
