import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../../../testbed/src/postgres-server.js';
import { TcpProxy } from '../../../../../testbed/src/tcp-proxy.js';
import type { NewSession, Store } from '../../../src/stores/index.js';
import { openPostgresStore, type PostgresPool } from '../../../src/stores/postgres/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { createSession, attemptFor, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { createdFrom } from '../../../src/stores/session-store.js';
import { createPool, createTables } from './database.js';

const random = createSeededRandom(1);
const settings = ['fsync=off'];

let server: PostgresServer;
let proxy: TcpProxy;
let direct: pg.Pool;

beforeAll(async () => {
  server = await startPostgres({ settings });
  proxy = await TcpProxy.start(server.port);
  direct = createPool(server, { options: '-c client_min_messages=warning' });
});

afterAll(async () => {
  await direct.end();
  await proxy.close();
  await server.remove();
});

beforeEach(() => createTables(direct));

/** Runs `check` with a store whose pool has two connections and goes through the proxy, and a session in it. */
async function withStore(
  check: (store: Store, session: NewSession, pool: pg.Pool) => Promise<void>,
  deadlineSeconds = 2,
): Promise<void> {
  const pool = createPool({ ...server, port: proxy.port }, { max: 2, connectionTimeoutMillis: 5000 });
  const store = await openPostgresStore({ pool, deadlineSeconds });
  const session = newSession(random);
  await createSession(store.sessions, session, 5, startAt);
  // Both connections are made now: what a test does to answers is then done to those of calls.
  await Promise.all([store.check(), store.check()]);
  try {
    await check(store, session, pool);
  } finally {
    proxy.passAnswers();
    await store.close();
    await pool.end();
  }
}

/** One call of each kind: one statement, several in a transaction, shared with others, read. */
function callsOn({ sessions, documents, events, ...store }: Store, session: NewSession): Promise<unknown>[] {
  return [
    createSession(sessions, newSession(random), 5, startAt),
    ...Array.from({ length: 5 }, () => sessions.rotate(attemptFor(newSession(random)))),
    sessions.rotate(attemptFor(session)),
    sessions.rotate(attemptFor(session)),
    sessions.apply(createdFrom(session, 0), { kind: 'revoke-subject' }, startAt),
    sessions.find(session.id),
    sessions.list(session.subject, startAt),
    sessions.revokeOthers(session.subject, session.id, startAt),
    documents.write('c', 'k', 0, 'value'),
    events.append([{ at: startAt, subject: null, sessionId: null, body: '{}' }]),
    store.check(),
    store.sweep(startAt, 1),
  ];
}

async function expectUnavailable(calls: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(calls)) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
  }
}

/** Asks on both connections until they answer: an outage may leave some behind that only their next use shows to be dead. */
async function expectRecovery(store: Store, session: NewSession): Promise<void> {
  for (;;) {
    const checks = await Promise.allSettled([store.check(), store.check()]);
    if (checks.every(({ status }) => status === 'fulfilled')) break;
    await nextTurn();
  }
  await Promise.all(callsOn(store, session));
  expect((await store.sessions.find(session.id))?.id).toBe(session.id);
}

describe('a server that does not answer', () => {
  test('frozen: every call ends, the loop runs on, and all is well when it goes on', () =>
    withStore(async (store, session) => {
      let turns = 0;
      const counter = setInterval(() => (turns += 1), 1);
      server.freeze();
      try {
        await expectUnavailable(callsOn(store, session));
      } finally {
        server.thaw();
        clearInterval(counter);
      }
      expect(turns).toBeGreaterThan(10);
      await expectRecovery(store, session);
    }));

  test('frozen before a store is opened: opening ends', async () => {
    const pool = createPool(server, { connectionTimeoutMillis: 5000 });
    server.freeze();
    try {
      await expectUnavailable([openPostgresStore({ pool, deadlineSeconds: 0.2 })]);
    } finally {
      server.thaw();
    }
    await pool.end();
  });

  test('its answers are lost: the calls end, their connections are closed, the next ones work', () =>
    withStore(async (store, session, pool) => {
      const withheld = proxy.withholdAnswers();
      const calls = [store.sessions.rotate(attemptFor(session)), store.sessions.find(session.id)];
      await withheld;
      await expectUnavailable(calls);
      // A rotation ends at its own deadline, its connection at that of the statement a moment later.
      while (pool.totalCount > 0) await nextTurn();
      proxy.passAnswers();
      // The answer was lost, the step was not.
      expect((await store.sessions.find(session.id))?.generation).toBe(1);
    }));

  test('waiting for a lock that somebody holds: the call ends on both sides, and nothing was done', () =>
    withStore(async (store, session) => {
      const holder = await direct.connect();
      await holder.query('begin');
      await holder.query('select from pawl.sessions where id = $1 for update', [session.id]);
      await expectUnavailable([
        store.sessions.rotate(attemptFor(session)),
        store.sessions.revokeSession(session.id, null, startAt),
      ]);
      for (;;) {
        const { rows } = await direct.query("select from pg_stat_activity where wait_event_type = 'Lock'");
        if (rows.length === 0) break;
      }
      await holder.query('commit');
      holder.release();
      expect(await store.sessions.find(session.id)).toEqual(createdFrom(session, 0));
    }));
});

describe('a server that goes away', () => {
  test('crashed: every call ends, and all is well when it is back', () =>
    withStore(async (store, session) => {
      const calls = Promise.allSettled(callsOn(store, session));
      await server.crash();
      await calls;
      await expectUnavailable(callsOn(store, session));
      server = await startPostgres({ settings, folder: server.folder, port: server.port });
      await expectRecovery(store, session);
    }));

  test('shut down in order: the same', () =>
    withStore(async (store, session) => {
      await server.process.end('SIGINT');
      await expectUnavailable(callsOn(store, session));
      server = await startPostgres({ settings, folder: server.folder, port: server.port });
      await expectRecovery(store, session);
    }));

  test('cut off in the middle of an answer: the call ends, the next ones work', () =>
    withStore(async (store, session) => {
      for (const call of [
        () => store.sessions.find(session.id),
        () => store.sessions.rotate(attemptFor(session)),
        () => createSession(store.sessions, newSession(random), 5, startAt),
      ]) {
        const cut = proxy.cutNextAnswer();
        await expectUnavailable([call()]);
        await cut;
        await store.check();
      }
      expect((await store.sessions.find(session.id))?.generation).toBe(1);
    }, 5));

  test('every connection cut: the calls end, the next ones work', () =>
    withStore(async (store, session) => {
      const withheld = proxy.withholdAnswers();
      const calls = Promise.allSettled(callsOn(store, session));
      await withheld;
      proxy.cut();
      proxy.passAnswers();
      await calls;
      await expectRecovery(store, session);
    }, 5));
});

/** Of each call that ends with store_unavailable, whether it says that it was never sent. */
async function unsentOf(calls: readonly Promise<unknown>[]): Promise<unknown[]> {
  return (await Promise.allSettled(calls)).map((result) => {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
    return (result as { readonly reason: { readonly unsent: boolean } }).reason.unsent;
  });
}

describe('a call that was never sent says so', () => {
  test('when it waited behind another refresh of its session', () =>
    withStore(async (store, session) => {
      const withheld = proxy.withholdAnswers();
      const attempts = [0, 1, 2].map(() => store.sessions.rotate(attemptFor(session)));
      await withheld;
      // The second may be sent in the last millisecond, when the connection of the first was given up.
      const [first, , third] = await unsentOf(attempts);
      expect([first, third]).toEqual([false, true]);
      proxy.passAnswers();
      expect((await store.sessions.find(session.id))?.generation).toBe(1);
    }));

  test('when it waited for connections that other calls had', () =>
    withStore(async (store, session) => {
      const withheld = proxy.withholdAnswers();
      const { sessions } = store;
      const calls = [
        sessions.find(session.id),
        createSession(sessions, newSession(random), 5, startAt),
        sessions.find(session.id),
        createSession(sessions, newSession(random), 5, startAt),
      ];
      await withheld;
      expect(await unsentOf(calls)).toEqual([false, false, true, true]);
      proxy.passAnswers();
      expect(await store.sessions.find(session.id)).toEqual(createdFrom(session, 0));
    }));

  test('and not when no connection could be made, whether it waited behind others or not', () =>
    withStore(async (store, session, pool) => {
      proxy.cut();
      while (pool.totalCount > 0) await nextTurn();
      server.freeze();
      try {
        const calls = [0, 1, 2, 3].map(() => store.sessions.find(session.id));
        expect(await unsentOf([...calls, store.sessions.rotate(attemptFor(session))])).toEqual(
          Array(5).fill(false),
        );
      } finally {
        server.thaw();
      }
    }));

  test('and not when the store is closed, or the pool says nothing of its connections', async () => {
    const pool = createPool(server, { max: 1 });
    const silent: PostgresPool = {
      connect: () => pool.connect(),
      on: (event, listener) => pool.on(event, listener),
      removeListener: (event, listener) => pool.removeListener(event, listener),
    };
    const store = await openPostgresStore({ pool: silent, deadlineSeconds: 0.2 });
    const taken = await pool.connect();
    expect(await unsentOf([store.check(), store.check()])).toEqual([false, false]);
    taken.release();
    await store.close();
    expect(await unsentOf([store.check()])).toEqual([false]);
    await pool.end();
  });
});

describe('a pool', () => {
  test('whose connections are all taken: calls end, and connections that come too late go back', () =>
    withStore(async (store, session, pool) => {
      const taken = [await pool.connect(), await pool.connect()];
      await expectUnavailable(callsOn(store, session));
      for (const client of taken) client.release();
      await expectRecovery(store, session);
      expect([pool.totalCount, pool.idleCount, pool.waitingCount]).toEqual([2, 2, 0]);
    }));

  test('that was ended: calls end', async () => {
    const pool = createPool(server);
    const store = await openPostgresStore({ pool });
    await pool.end();
    await expectUnavailable(callsOn(store, newSession(random)));
    await store.close();
  });

  test('stays open when the store is closed, and without listeners of the store', async () => {
    const pool = createPool(server);
    const before = pool.listenerCount('error');
    const store = await openPostgresStore({ pool });
    await store.close();
    expect(pool.listenerCount('error')).toBe(before);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });
});

describe('what the server refuses', () => {
  test('an error names its SQLSTATE and no value', () =>
    withStore(async (store, session) => {
      await direct.query('alter table pawl.sessions add check (client_id = $$web$$)');
      const secretive = newSession(random, { clientId: 'confidential' });
      const refusal = await createSession(store.sessions, secretive, 5, startAt).catch(
        (error: unknown) => error,
      );
      expect(refusal).toMatchObject({
        code: 'store_unavailable',
        message: 'the PostgreSQL store did not do the step: SQLSTATE 23514',
      });
      expect((refusal as Error).cause).toBeUndefined();
      expect(await store.sessions.find(secretive.id)).toBeNull();
      await expectRecovery(store, session);
    }));

  test('a server that only reads: reads answer, writes and the check do not, and write again when it may', () =>
    withStore(async (store, session) => {
      const created = createdFrom(session, 0);
      const role = 'alter role postgres';
      await direct.query(`${role} set default_transaction_read_only = on`);
      proxy.cut();
      await store.sessions.find(session.id).catch(() => null);
      await expectUnavailable([
        store.sessions.rotate(attemptFor(session)),
        store.sessions.revokeSubject(session.subject, startAt),
        store.documents.write('c', 'k', 0, ''),
        store.check(),
      ]);
      expect(await store.sessions.find(session.id)).toEqual(created);
      await direct.query(
        `set default_transaction_read_only = off; ${role} reset default_transaction_read_only`,
      );
      await expectRecovery(store, session);
    }));
});
