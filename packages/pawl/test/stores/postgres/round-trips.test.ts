import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresPlace } from '../../../../../testbed/src/vitest/shared-place.js';
import { TcpProxy } from '../../../../../testbed/src/tcp-proxy.js';
import type { Store } from '../../../src/stores/index.js';
import { openPostgresStore } from '../../../src/stores/postgres/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import {
  attemptFor,
  childRequest,
  createSession,
  newChild,
  newSession,
  requestFor,
  startAt,
} from '../../../src/testing/session-fixture.js';
import { createPool, createTables } from './database.js';

const random = createSeededRandom(1);

const { schema, ...server } = await postgresPlace();
let proxy: TcpProxy;
let pool: pg.Pool;
let store: Store;
const executed: string[] = [];

beforeAll(async () => {
  proxy = await TcpProxy.start(server.port);
  // One connection, so that it is set up once, and what goes over it is all there is.
  pool = createPool({ ...server, port: proxy.port }, { max: 1 });
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    Reflect.set(client, 'query', (...args: unknown[]) => {
      executed.push((args[0] as { readonly text: string }).text);
      return query(...args);
    });
  });
  await createTables(pool, schema);
  store = await openPostgresStore({ pool, schema, deadlineSeconds: 30 });
});

afterAll(async () => {
  await store.close();
  await pool.end();
  await proxy.close();
});

/** The statements and round trips that `work` took. */
async function countedIn(work: () => Promise<unknown>): Promise<{ statements: number; roundTrips: number }> {
  executed.length = 0;
  const before = proxy.roundTrips;
  await work();
  return { statements: executed.length, roundTrips: proxy.roundTrips - before };
}

const one = { statements: 1, roundTrips: 1 };

describe('round trips', () => {
  test('a refresh takes one, rotated or not, parsed before or not', async () => {
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    for (let round = 0; round < 10; round += 1) {
      const attempt = attemptFor(session, { generation: round, now: startAt + 20 * (round + 1) });
      expect(await countedIn(() => store.sessions.rotate(attempt))).toEqual(one);
    }
    expect((await store.sessions.find(session.id))?.generation).toBe(10);
    expect(await countedIn(() => store.sessions.rotate(attemptFor(session)))).toEqual(one);
    expect(await countedIn(() => store.sessions.rotate(attemptFor(newSession(random))))).toEqual(one);
  });

  test('refreshes of one turn share one, and those of one token go one after another', async () => {
    const sessions = Array.from({ length: 100 }, () => newSession(random));
    for (const session of sessions) await createSession(store.sessions, session, 5, startAt);
    const refreshAll = () =>
      Promise.all(sessions.map((session) => store.sessions.rotate(attemptFor(session))));
    expect(await countedIn(refreshAll)).toEqual(one);

    const [session = newSession(random)] = sessions;
    const attempt = attemptFor(session, { generation: 1, now: startAt + 40 });
    let rotated = 0;
    const refreshOften = async (): Promise<void> => {
      const results = await Promise.all(Array.from({ length: 8 }, () => store.sessions.rotate(attempt)));
      rotated = results.filter((result) => result.rotated).length;
      expect(results.map((result) => result.session?.generation)).toEqual(Array(8).fill(2));
    };
    expect(await countedIn(refreshOften)).toEqual({ statements: 8, roundTrips: 8 });
    expect(rotated).toBe(1);
  });

  test('the other steps take as many as this table says', async () => {
    const session = newSession(random);
    const { session: read } = await createSession(store.sessions, session, 5, startAt);
    const { session: first } = await createSession(store.sessions, newSession(random), 5, startAt);
    const { session: second } = await createSession(store.sessions, newSession(random), 5, startAt);
    const { id, subject } = session;
    const { sessions, documents, ephemera, events, revocations } = store;
    const binding = { kind: 'browser', jkt: 'key' } as const;
    const entry = { at: startAt, subject, sessionId: id, body: '{}' };
    const table: readonly (readonly [roundTrips: number, () => Promise<unknown>])[] = [
      [1, () => createSession(sessions, newSession(random), 5, startAt)],
      [1, () => sessions.create(requestFor(session))],
      [1, () => sessions.create(childRequest(sessions, read, newChild(random, read), { use: read }))],
      [1, () => sessions.find(id)],
      [1, () => sessions.list(subject, startAt)],
      [1, () => sessions.epochOf(subject)],
      [1, () => sessions.apply(read, { kind: 'advance', to: { ...read, seen: true } }, startAt)],
      [1, () => sessions.apply(read, { kind: 'bind', binding, to: { ...read, seen: false } }, startAt)],
      [1, () => sessions.reauthenticate(read, read, null, startAt)],
      [1, () => sessions.apply(read, { kind: 'revoke-session' }, startAt)],
      [1, () => sessions.apply(read, { kind: 'revoke-subject' }, startAt)],
      [1, () => sessions.revokeOthers(subject, id, startAt)],
      [1, () => sessions.revokeClient(subject, 'another', startAt)],
      [1, () => sessions.clientCounterOf(subject, 'another')],
      [1, () => sessions.logoutsOwed(subject, startAt)],
      [1, () => sessions.clearLogoutOwed(id, startAt)],
      // An end, and the transaction that gives its entry a place in the feed.
      [1 + 4, () => sessions.revokeClient(subject, 'app', startAt)],
      [1 + 4, () => createSession(sessions, newSession(random, { subject }), 1, startAt)],
      [1 + 4, () => sessions.revokeOthers(subject, id, startAt)],
      [1 + 4, () => sessions.apply(first, { kind: 'revoke-session' }, startAt)],
      [1 + 4, () => sessions.revokeSession(second.id, null, startAt)],
      [1 + 4, () => sessions.revokeSubject(subject, startAt)],
      [1 + 4, () => revocations.append([{ kind: 'key', kid: 'k', at: startAt }])],
      [1, () => revocations.read(null, 9)],
      [1, () => revocations.trim(startAt - 1, 9)],
      [1, () => documents.read('c', 'k')],
      [1, () => documents.write('c', 'k', 0, 'value')],
      [1, () => documents.list('c', null, 9)],
      [1, () => documents.remove('c', 'k', 1)],
      [1, () => ephemera.put('k', 'one', startAt + 60, startAt)],
      [1, () => ephemera.read('k', startAt)],
      [1, () => ephemera.swap('k', 'one', 'two', startAt)],
      [1, () => ephemera.take('k', startAt)],
      [1, () => events.append([entry, entry])],
      [1, () => events.read({ after: null, limit: 9, subject })],
      [1, () => events.tail(9)],
      [1, () => store.time()],
      [1, () => store.check()],
      [5, () => store.sweep(startAt, 9)],
    ];
    for (const [roundTrips, call] of table) {
      expect((await countedIn(call)).roundTrips, call.toString()).toBe(roundTrips);
    }
  });

  test('without names, statements are parsed anew and take as many', async () => {
    const unnamed = await openPostgresStore({ pool, schema, namedStatements: false, deadlineSeconds: 30 });
    const { rows: before } = await pool.query('select name from pg_prepared_statements order by name');
    const session = newSession(random);
    await createSession(unnamed.sessions, session, 5, startAt);
    expect(await countedIn(() => unnamed.sessions.rotate(attemptFor(session)))).toEqual(one);
    await unnamed.close();
    const { rows: after } = await pool.query('select name from pg_prepared_statements order by name');
    expect(after).toEqual(before);
  });
});
