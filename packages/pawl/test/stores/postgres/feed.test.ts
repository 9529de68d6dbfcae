import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../../../testbed/src/postgres-server.js';
import { followStore, type Revocations } from '../../../src/revocations/index.js';
import type { Store } from '../../../src/stores/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { createSession, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { createPool, createTables, openOwnPool } from './database.js';

const random = createSeededRandom(5);
const patience = { timeout: 60_000, interval: 10 };

let server: PostgresServer;
let admin: pg.Pool;

beforeAll(async () => {
  server = await startPostgres();
  admin = createPool(server, { max: 1, options: '-c client_min_messages=warning' });
});

afterAll(async () => {
  await admin.end();
  await server.remove();
});

beforeEach(() => createTables(admin));

async function open(max = 4): Promise<Store> {
  const store = await openOwnPool(server, { deadlineSeconds: 10 }, { max });
  onTestFinished(() => store.close());
  return store;
}

async function follow(store: Store): Promise<Revocations> {
  const followed = followStore(store.revocations, { retentionSeconds: 300 });
  onTestFinished(() => followed.close());
  await followed.ready();
  return followed;
}

async function end({ sessions }: Store): Promise<string> {
  const session = newSession(random);
  await createSession(sessions, session, 5, startAt);
  await sessions.revokeSession(session.id, null, startAt);
  return session.id;
}

function knows(followed: Revocations, sid: string): Promise<void> {
  return vi.waitFor(() => expect(followed.isRevoked({ sid, sub: 'nobody' })).toBe(true), patience);
}

const listening = `select pid from pg_stat_activity where query like 'listen %'`;

async function listeners(): Promise<number> {
  return (await admin.query(listening)).rows.length;
}

describe('the feed', () => {
  test('is heard through a connection of the pool, and again after that was cut', {
    timeout: 120_000,
  }, async () => {
    const [writer, reader] = [await open(), await open()];
    const followed = await follow(reader);
    await vi.waitFor(async () => expect(await listeners()).toBe(1), patience);
    await knows(followed, await end(writer));
    await admin.query(`select pg_terminate_backend(pid) from (${listening}) l`);
    await knows(followed, await end(writer));
    await vi.waitFor(async () => expect(await listeners()).toBe(1), patience);
    await knows(followed, await end(writer));
    await followed.close();
    await vi.waitFor(async () => expect(await listeners()).toBe(0), patience);
  });

  test('is polled where the pool has one connection only', async () => {
    const [writer, reader] = [await open(), await open(1)];
    const followed = await follow(reader);
    await knows(followed, await end(writer));
    expect(await listeners()).toBe(0);
  });

  test('has the end of a process that died right after its commit', async () => {
    const store = await open();
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    const followed = await follow(store);
    // What such a process leaves: the end, with its entry, and no place in the feed for it.
    await admin.query('update pawl.sessions set revoked_at = $1', [startAt]);
    await knows(followed, session.id);
    const places = await admin.query<{ position: string }>('select position from pawl.revocations');
    expect(places.rows).toEqual([{ position: '1' }]);
  });

  test('waits for no transaction of the application that is open', async () => {
    const [writer, reader] = [await open(), await open()];
    const followed = await follow(reader);
    const other = createPool(server, { max: 1 });
    const client = await other.connect();
    await client.query('begin; create temporary table busy (x int); insert into busy values (1)');
    await knows(followed, await end(writer));
    await client.query('rollback');
    client.release();
    await other.end();
  });

  test('survives a crash of the server: what was answered is in it', { timeout: 120_000 }, async () => {
    const [writer, reader] = [await open(), await open()];
    const followed = await follow(reader);
    const ended: string[] = [];
    for (let count = 0; count < 20; count += 1) ended.push(await end(writer));
    await server.crash();
    await admin.end();
    server = await startPostgres({ folder: server.folder, port: server.port });
    admin = createPool(server, { max: 1, options: '-c client_min_messages=warning' });
    const after = await vi.waitFor(() => end(writer), patience);
    for (const sid of [...ended, after]) await knows(followed, sid);
    const fresh = await follow(await open());
    for (const sid of [...ended, after]) await knows(fresh, sid);
  });
});
