import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Session } from '../../../src/rotation/index.js';
import type { LoggedEntry, Store } from '../../../src/stores/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import {
  attemptFor,
  childRequest,
  createChild,
  createSession,
  limitsOf,
  newChild,
  newSession,
  startAt,
} from '../../../src/testing/session-fixture.js';
import { createDatabase, createPool, createTables, openOwnPool } from './database.js';

const seed = Math.floor(Math.random() * 0x1_0000_0000);
const random = createSeededRandom(seed);
const far = { expiresAt: startAt + 1e9, idleSeconds: 1e9 };

const server = await createDatabase();
const admin = createPool(server, { max: 1, options: '-c client_min_messages=warning' });

afterAll(() => admin.end());

beforeEach(() => createTables(admin));

async function withStores(check: (stores: readonly Store[]) => Promise<void>): Promise<void> {
  const opened = [0, 1, 2, 3].map(() => openOwnPool(server, { deadlineSeconds: 30 }, { max: 4 }));
  const stores = await Promise.all(opened);
  try {
    await check(stores);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}

describe(`several processes on one database, seed ${String(seed)}`, () => {
  test('steps on the same sessions at the same time never wait for each other in a circle', async () => {
    await withStores(async (stores) => {
      const subjects = [0, 1, 2, 3].map((index) => `subject-${String(index)}`);
      for (let round = 0; round < 30; round += 1) {
        const sessions = Array.from({ length: 40 }, () =>
          newSession(random, { subject: random.pick(subjects) }),
        );
        await Promise.all(
          sessions.map((session) => createSession(random.pick(stores).sessions, session, 100, startAt)),
        );
        const children = await Promise.all(
          sessions.map(async ({ id }) => {
            const store = random.pick(stores).sessions;
            const parent = (await store.find(id)) as Session;
            return createChild(store, parent, newChild(random, parent, { logoutOwed: true }));
          }),
        );
        const all = [...sessions, ...children];
        const createAnother = async ({ sessions: store }: Store): Promise<unknown> => {
          const parent = await store.find(random.pick(sessions).id);
          if (parent === null) return null;
          const child = newChild(random, parent);
          return store.create(childRequest(store, parent, child, { use: parent, limits: limitsOf(15) }));
        };
        const calls = stores.flatMap((store) => [
          ...all.map(() => store.sessions.rotate(attemptFor(random.pick(all)))),
          createAnother(store),
          createAnother(store),
          store.sessions.reauthenticate(random.pick(children), random.pick(children), null, startAt),
          store.sessions.revokeClient(random.pick(subjects), random.pick(['app', 'web']), startAt),
          store.sessions.clearLogoutOwed(random.pick(children).id, startAt),
          store.sessions.revokeOthers(random.pick(subjects), random.pick(sessions).id, startAt),
          createSession(store.sessions, newSession(random, { subject: random.pick(subjects) }), 3, startAt),
          store.sessions.revokeSession(random.pick(sessions).id, null, startAt),
          store.sessions.revokeSubject(random.pick(subjects), startAt),
          store.sweep(startAt + 200_000, 20),
        ]);
        await Promise.all(calls);
      }
    });
    // A connection adds what it counted when it ends, at the latest.
    for (;;) {
      const { rowCount } = await admin.query(
        'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      if (rowCount === 0) break;
    }
    const { rows } = await admin.query(
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    expect(rows).toEqual([{ deadlocks: '0' }]);
  });

  test('ends of one subject on one read at once: exactly one is applied, 200 rounds', () =>
    withStores(async (stores) => {
      for (let round = 0; round < 200; round += 1) {
        const { session: read } = await createSession(
          random.pick(stores).sessions,
          newSession(random),
          5,
          startAt,
        );
        const results = await Promise.all(
          stores.map(({ sessions }) => sessions.apply(read, { kind: 'revoke-subject' }, startAt)),
        );
        expect(results.filter(({ applied }) => applied).length).toBe(1);
        for (const { session } of results) expect(session).toEqual({ ...read, subjectEpoch: 1 });
      }
    }));

  test('sweep and create: a new session dies with its subject, however much was swept, 300 rounds', () =>
    withStores(async ([first, second, ...others]) => {
      for (let round = 0; round < 300; round += 1) {
        const session = newSession(random, far);
        await (first as Store).sessions.revokeSubject(session.subject, startAt);
        const later = startAt + 1e6;
        await Promise.all([
          createSession((second as Store).sessions, session, 5, startAt),
          ...[...others, ...others].map((store) => store.sweep(later, 1000)),
        ]);
        await (first as Store).sessions.revokeSubject(session.subject, startAt);
        const record = await (second as Store).sessions.find(session.id);
        expect((record?.subjectEpoch ?? 0) - (record?.epoch ?? 0)).toBe(1);
      }
    }));

  test('sweep and rotate: a session that is swept was not rotated, 300 rounds', () =>
    withStores(async ([first, ...others]) => {
      const { sessions } = first as Store;
      for (let round = 0; round < 300; round += 1) {
        const session = newSession(random, { expiresAt: startAt + 1e9, idleSeconds: 3600 });
        await createSession(sessions, session, 5, startAt);
        const idle = startAt + 3600 + 86_400;
        // Of a node whose clock is a day behind.
        const [{ rotated }] = await Promise.all([
          sessions.rotate(attemptFor(session, { now: startAt + 100 })),
          ...[...others, ...others].map((store) => store.sweep(idle, 10)),
        ]);
        expect((await sessions.find(session.id)) === null).toBe(!rotated);
        await sessions.revokeSession(session.id, null, startAt);
      }
    }));

  test('a reader that goes on from its cursor misses nothing of what several append', () =>
    withStores(async (stores) => {
      const appended = 400;
      const read: LoggedEntry[] = [];
      const append = stores.map(async ({ events }, index) => {
        for (let number = 0; number < appended; number += 2) {
          const entry = { at: startAt, subject: null, sessionId: String(index) };
          await events.append([
            { ...entry, body: String(number) },
            { ...entry, body: String(number + 1) },
          ]);
        }
      });
      const finished = Promise.all(append);
      let isFinished = false;
      void finished.then(() => (isFinished = true));
      for (let isLast = false; !isLast; ) {
        isLast = isFinished;
        const page = await (stores[0] as Store).events.read({
          after: read.at(-1)?.cursor ?? null,
          limit: 50,
        });
        read.push(...page);
        isLast &&= page.length === 0;
      }
      await finished;
      for (const [index] of stores.entries()) {
        const own = read
          .filter(({ sessionId }) => sessionId === String(index))
          .map(({ body }) => Number(body));
        expect(own).toEqual(Array.from({ length: appended }, (_, number) => number));
      }
    }));
});
