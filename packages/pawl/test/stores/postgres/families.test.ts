import type pg from 'pg';
import { afterAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Session } from '../../../src/rotation/index.js';
import type { NewSession, SessionStore, Store } from '../../../src/stores/index.js';
import { openPostgresStore } from '../../../src/stores/postgres/index.js';
import { placeOfSubject } from '../../../src/stores/subject-tag.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import {
  attemptFor,
  childRequest,
  createChild,
  createSession,
  newChild,
  newSession,
  startAt,
} from '../../../src/testing/session-fixture.js';
import { createDatabase, createPool, createTables, openOwnPool } from './database.js';

const random = createSeededRandom(11);
const patience = { timeout: 60_000, interval: 5 };

const server = await createDatabase();
const admin = createPool(server, { max: 2, options: '-c client_min_messages=warning' });

afterAll(() => admin.end());

beforeEach(() => createTables(admin));

async function open(config: pg.PoolConfig = {}): Promise<Store> {
  const store = await openOwnPool(server, { deadlineSeconds: 60 }, config);
  onTestFinished(() => store.close());
  return store;
}

async function family({ sessions }: Store): Promise<readonly [parent: Session, child: Session]> {
  const { session } = await createSession(sessions, newSession(random), 9, startAt);
  return [session, await createChild(sessions, session, newChild(random, session))];
}

const ends: Readonly<
  Record<string, (sessions: SessionStore, parent: Session) => Promise<readonly string[]>>
> = {
  revokeSession: async (sessions, { id }) =>
    (await sessions.revokeSession(id, null, startAt))?.endedIds ?? [],
  'apply revoke-session': async (sessions, parent) =>
    (await sessions.apply(parent, { kind: 'revoke-session' }, startAt)).endedIds,
  revokeOthers: async (sessions, { id, subject }) =>
    (await sessions.revokeOthers(subject, '', startAt)).filter((ended) => ended !== id),
  revokeClient: async (sessions, { subject }) =>
    (await sessions.revokeClient(subject, 'app', startAt)).endedIds,
  'the limit': async (sessions, { id, subject }) => {
    const { endedIds } = await createSession(sessions, newSession(random, { subject }), 1, startAt);
    return endedIds.filter((ended) => ended !== id);
  },
};

async function waitForLocks(count: number): Promise<void> {
  await vi.waitFor(async () => {
    const { rows } = await admin.query<{ waiting: string }>(
      `select count(*) as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(rows[0]?.waiting).toBe(String(count));
  }, patience);
}

describe('a child and the end of its parent that wait for one lock', () => {
  async function race(subject: string, steps: readonly (() => Promise<unknown>)[]): Promise<void> {
    const holder = await admin.connect();
    await holder.query('begin');
    await holder.query('select from pawl.subjects where subject = $1 for update', [subject]);
    const running: Promise<unknown>[] = [];
    for (const step of steps) {
      running.push(step());
      await waitForLocks(running.length);
    }
    await holder.query('rollback');
    holder.release();
    await Promise.all(running);
  }

  test.each(Object.entries(ends))('first the child: it ends too, and is named: %s', async (_, end) => {
    const store = await open();
    const { session: parent } = await createSession(store.sessions, newSession(random), 9, startAt);
    const child = newChild(random, parent);
    const request = childRequest(store.sessions, parent, child);
    let endedIds: readonly string[] = [];
    await race(parent.subject, [
      async () => expect(await store.sessions.create(request)).toMatchObject({ outcome: 'created' }),
      async () => {
        endedIds = await end(store.sessions, parent);
      },
    ]);
    expect(endedIds).toEqual([child.id]);
    expect((await store.sessions.find(child.id))?.revokedAt).toBe(startAt);
  });

  test.each(Object.entries(ends))('first the end: the child is refused: %s', async (name, end) => {
    const store = await open();
    const { session: parent } = await createSession(store.sessions, newSession(random), 9, startAt);
    const request = childRequest(store.sessions, parent, newChild(random, parent), { clientCounter: 0 });
    let endedIds: readonly string[] = [];
    await race(parent.subject, [
      async () => {
        endedIds = await end(store.sessions, parent);
      },
      async () =>
        expect(await store.sessions.create(request)).toEqual({
          outcome: name === 'revokeClient' ? 'grant-ended' : 'parent-ended',
        }),
    ]);
    expect(endedIds).toEqual([]);
    expect(await store.sessions.find(request.session.id)).toBe(null);
  });
});

describe('a search_path that begins with a schema of the same tables and functions', () => {
  test('changes nothing: no step reads or writes there', async () => {
    await createTables(admin, 'decoy');
    const store = await open({ options: '-c search_path=decoy,public' });
    const { sessions } = store;
    for (const end of Object.values(ends)) {
      const [parent, child] = await family(store);
      const use = { generation: parent.generation, fork: parent.fork };
      const later = await createChild(sessions, parent, newChild(random, parent), { use });
      expect((await sessions.find(parent.id))?.usedAt).toBe(startAt);
      expect((await sessions.rotate(attemptFor(child))).rotated).toBe(true);
      const { session: read } = await sessions.reauthenticate(later, later, null, startAt + 1);
      expect(read?.floor).toBe(1);
      const whole = (await sessions.find(parent.id)) as Session;
      expect([...(await end(sessions, whole))].sort()).toEqual([child.id, later.id].sort());
      expect(await sessions.logoutsOwed(parent.subject, startAt)).toEqual([]);
      await sessions.revokeSubject(parent.subject, startAt);
    }
    expect((await store.revocations.read(null, 99)).entries.length).toBeGreaterThan(10);
    expect(await store.sweep(startAt + 1e9, 100)).toBeGreaterThan(10);
    const { rows } = await admin.query<{ name: string }>(
      "select tablename as name from pg_tables where schemaname = 'decoy' and tablename <> 'migrations'",
    );
    for (const { name } of rows) {
      expect((await admin.query(`select * from decoy.${name}`)).rows, name).toEqual([]);
    }
    await admin.query('drop schema decoy cascade');
  });
});

/** Two subjects whose ids begin alike. */
function subjectsOfOnePlace(): readonly [string, string] {
  const found = new Map<string, string>();
  for (let number = 0; ; number += 1) {
    const subject = `subject ${String(number)}`;
    const place = placeOfSubject(subject);
    const other = found.get(place);
    if (other !== undefined) return [other, subject];
    found.set(place, subject);
  }
}

describe('two subjects whose ids begin alike', () => {
  const [subject, other] = subjectsOfOnePlace();

  test('are told apart by every step', async () => {
    const store = await open();
    const { sessions } = store;
    const owed = { logoutOwed: true };
    const create = async (changes: Partial<NewSession>, limit = 9): Promise<Session> =>
      (await createSession(sessions, newSession(random, changes), limit, startAt)).session;
    const parent = await create({ subject: other, ...owed });
    const child = await createChild(sessions, parent, newChild(random, parent));
    const ended = await create({ subject: other, ...owed });
    await sessions.revokeSession(ended.id, null, startAt);
    const expired = await create({ subject: other, expiresAt: startAt - 1 });

    const { session: own } = await createSession(sessions, newSession(random, { subject }), 1, startAt);
    expect(await sessions.list(subject, startAt)).toEqual([own]);
    await createSession(sessions, newSession(random, { subject }), 1, startAt);
    expect(await sessions.revokeOthers(subject, '', startAt)).toHaveLength(1);
    expect((await sessions.revokeClient(subject, 'app', startAt)).endedIds).toEqual([]);
    expect(await sessions.clientCounterOf(other, 'app')).toBe(0);
    expect(await sessions.logoutsOwed(subject, startAt)).toEqual([]);
    await sessions.revokeSubject(subject, startAt);

    for (const session of [child, expired]) expect(await sessions.find(session.id)).toEqual(session);
    expect((await sessions.list(other, startAt)).map(({ id }) => id).sort()).toEqual(
      [parent.id, child.id].sort(),
    );
    expect((await sessions.logoutsOwed(other, startAt)).map(({ id }) => id)).toEqual([ended.id]);
  });

  test('each keep as many sessions that have ended as one alone', async () => {
    const store = await open();
    const kept = async (of: string): Promise<void> => {
      const { session } = await createSession(
        store.sessions,
        newSession(random, { subject: of }),
        9,
        startAt,
      );
      await fillWithEnded(session, 300);
      await store.sessions.revokeSession(session.id, null, startAt);
    };
    await kept(subject);
    await kept(other);
    expect(await endedCount({ subject })).toBe(200);
    expect(await endedCount({ subject: other })).toBe(200);
  });
});

/** What the server counts of the table of sessions, once every connection of the store has told. */
async function counters(pool: pg.Pool): Promise<Readonly<Record<'read' | 'updated' | 'hot', number>>> {
  await pool.query('select pg_stat_force_next_flush()');
  const { rows } = await pool.query<Record<'read' | 'updated' | 'hot', string>>(
    `select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as read, n_tup_upd as updated, n_tup_hot_upd as hot
    from pg_stat_user_tables where schemaname = 'pawl' and relname = 'sessions'`,
  );
  const [row] = rows;
  return { read: Number(row?.read), updated: Number(row?.updated), hot: Number(row?.hot) };
}

/** A store on one connection, whose counters are then complete. */
async function openCounted(config: pg.PoolConfig = {}): Promise<{ store: Store; pool: pg.Pool }> {
  const pool = createPool(server, { max: 1, ...config });
  const store = await openPostgresStore({ pool, deadlineSeconds: 60 });
  onTestFinished(async () => {
    await store.close();
    await pool.end();
  });
  return { store, pool };
}

describe('what the server counts', () => {
  test('a rotation and a use write no index entry', async () => {
    const { store, pool } = await openCounted();
    const [parent] = await family(store);
    const before = await counters(pool);
    for (let generation = 0; generation < 10; generation += 1) {
      const now = startAt + 20 * (generation + 1);
      const attempt = attemptFor(parent, { generation, now });
      expect((await store.sessions.rotate(attempt)).rotated).toBe(true);
      const use = { generation: generation + 1, fork: 0 };
      await createChild(store.sessions, parent, newChild(random, parent), { use, now });
    }
    const after = await counters(pool);
    expect([after.updated - before.updated, after.hot - before.hot]).toEqual([20, 20]);
  });

  test('steps read no session that has ended, and an end only those that it gives up', async () => {
    const { store, pool } = await openCounted({ options: '-c plan_cache_mode=force_generic_plan' });
    const { sessions } = store;
    const readIn = async (step: () => Promise<unknown>): Promise<number> => {
      const before = await counters(pool);
      await step();
      return (await counters(pool)).read - before.read;
    };
    const stepsOn = (parent: Session): readonly (() => Promise<unknown>)[] => {
      const { subject } = parent;
      const login = newSession(random, { subject });
      const child = newChild(random, parent);
      return [
        () => sessions.list(subject, startAt),
        () => createSession(sessions, login, 9, startAt),
        () => createChild(sessions, parent, child, { use: parent, clientCounter: 0 }),
        () => sessions.logoutsOwed(subject, startAt + 1e6),
        () => sessions.revokeOthers(subject, login.id, startAt),
      ];
    };
    const [quiet] = await family(store);
    const [busy] = await family(store);
    await fillWithEnded(busy, 3000);
    for (const [index, step] of stepsOn(busy).entries()) {
      const control = stepsOn(quiet)[index] as () => Promise<unknown>;
      // The last one is an end.
      if (index === 4) await step();
      else {
        const read = await readIn(control);
        // Its plans were made on tables that were almost empty; by the keys all the same.
        expect(read, String(index)).toBeLessThan(40);
        expect(await readIn(step), String(index)).toBe(read);
      }
    }
    expect(await endedCount(busy)).toBe(200);
    await admin.query('vacuum pawl.sessions');
    const end = async ({ subject }: Session): Promise<number> => {
      const { session } = await createSession(sessions, newSession(random, { subject }), 9, startAt);
      return readIn(() => sessions.revokeSession(session.id, null, startAt));
    };
    expect(await end(busy)).toBeLessThan((await end(quiet)) + 10);
    expect(await endedCount(busy)).toBe(200);
  });
});

/** Adds sessions of the subject that ended long ago, and that nothing asks to be kept. */
async function fillWithEnded({ id, subject }: Session, count: number): Promise<void> {
  const { rows } = await admin.query<{ columns: string }>(
    `select string_agg(attname, ', ') as columns from pg_attribute where attrelid = 'pawl.sessions'::regclass
    and attnum > 0 and not attisdropped and attname not in ('id', 'revoked_at', 'kept_until', 'ended_of')`,
  );
  const columns = rows[0]?.columns ?? '';
  await admin.query(
    `insert into pawl.sessions (id, revoked_at, kept_until, ended_of, ${columns})
    select left(id, 12) || lpad(n::text, 10, '0'), created_at, created_at - n, substring(sha256(convert_to($2, 'UTF8')) from 1 for 12), ${columns}
    from pawl.sessions, generate_series(1, $3::integer) n where id = $1`,
    [id, subject, count],
  );
}

/** How many of the subject's sessions have ended and are kept for nothing. */
async function endedCount({ subject }: Pick<Session, 'subject'>): Promise<number> {
  const { rows } = await admin.query<{ count: string }>(
    'select count(*) from pawl.sessions where subject = $1 and kept_until <= $2',
    [subject, startAt],
  );
  return Number(rows[0]?.count);
}
