import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../../../testbed/src/postgres-server.js';
import type { RevocationEntry, Store } from '../../../src/stores/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { createSession, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { createPool, createTables, openOwnPool } from './database.js';

const random = createSeededRandom(6);
const patience = { timeout: 60_000, interval: 10 };
const tables = ['pawl.subjects', 'pawl.sessions'];

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ settings: ['wal_level=logical'] });
});

afterAll(() => server.remove());

async function feedOf(store: Store): Promise<readonly RevocationEntry[]> {
  return (await store.revocations.read(null, 100)).entries;
}

test('what a session that replays for a replica ends comes to the feed', async () => {
  const pool = createPool(server, { max: 1, options: '-c client_min_messages=warning' });
  await createTables(pool);
  const store = await openOwnPool(server, { deadlineSeconds: 30 });
  const [session, other] = [newSession(random), newSession(random)];
  for (const each of [session, other]) await createSession(store.sessions, each, 5, startAt);
  await pool.query('set session_replication_role = replica');
  await pool.query('update pawl.sessions set revoked_at = $1 where id = $2', [startAt, session.id]);
  await pool.query('update pawl.subjects set epoch = epoch + 1, changed_at = $1 where subject = $2', [
    startAt,
    other.subject,
  ]);
  await vi.waitFor(
    async () =>
      expect(await feedOf(store)).toEqual([
        { kind: 'session', sessionId: session.id, at: startAt },
        { kind: 'subject', subject: other.subject, epoch: 1, at: startAt },
      ]),
    patience,
  );
  await store.close();
  await pool.end();
});

/** In any order: tables are copied side by side. */
async function endsIn(store: Store): Promise<readonly string[]> {
  return (await feedOf(store)).map((entry) => JSON.stringify(entry)).sort();
}

test('the feed of a logical replica of sessions and subjects is whole, from before it was made and after', async () => {
  const copy = { ...server, database: 'copy' };
  const admin = createPool(server, { max: 1, options: '-c client_min_messages=warning' });
  await createTables(admin);
  await admin.query('create database copy');
  const replica = createPool(copy, { max: 1, options: '-c client_min_messages=warning' });
  await createTables(replica);
  const store = await openOwnPool(server, { deadlineSeconds: 30 });
  const copied = await openOwnPool(copy, { deadlineSeconds: 30 });
  const end = async (): Promise<void> => {
    const [session, other] = [newSession(random), newSession(random)];
    for (const each of [session, other]) await createSession(store.sessions, each, 5, startAt);
    await store.sessions.revokeSession(session.id, null, startAt);
    await store.sessions.revokeSubject(other.subject, startAt);
    await store.sessions.revokeSubject(random.text(9), startAt);
  };
  await end();
  await admin.query(`create publication ends for table ${tables.join(', ')}`);
  // Made before, because on one server the subscription would wait for its own transaction.
  await admin.query("select pg_create_logical_replication_slot('ends', 'pgoutput')");
  await replica.query(`create subscription ends
    connection 'host=${server.host} port=${String(server.port)} user=${server.user} dbname=${server.database}'
    publication ends with (create_slot = false)`);
  for (const count of [3, 6]) {
    const ends = await endsIn(store);
    expect(ends).toHaveLength(count);
    await vi.waitFor(async () => expect(await endsIn(copied)).toEqual(ends), patience);
    if (count === 3) await end();
  }
  await replica.query('drop subscription ends');
  await Promise.all([store.close(), copied.close()]);
  await Promise.all([admin, replica].map((pool) => pool.end()));
});
