import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../../../../testbed/src/postgres-server.js';
import type { Session } from '../../../src/rotation/index.js';
import { initialRotation } from '../../../src/rotation/session.js';
import type { Store } from '../../../src/stores/index.js';
import { openPostgresStore } from '../../../src/stores/postgres/index.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { createSession, attemptFor, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { outcomeOf } from '../outcome-of.js';
import { createPool, createTables } from './database.js';

const seed = Math.floor(Math.random() * 0x1_0000_0000);
const random = createSeededRandom(seed);

// As far from durable as a server may be configured that still survives a crash: no commit is waited for, and what was committed is
// written every ten seconds.
const settings = ['synchronous_commit=off', 'wal_writer_delay=10s'];

let server: PostgresServer;
let pool: pg.Pool;

beforeAll(async () => {
  server = await startPostgres({ settings });
  pool = createPool(server);
  await createTables(pool);
});

afterAll(async () => {
  await pool.end();
  await server.remove();
});

async function crashAndRestart(): Promise<void> {
  await server.crash();
  const { folder, port } = server;
  server = await startPostgres({ settings, folder, port });
}

async function open(options: { readonly synchronousRotations?: boolean } = {}): Promise<Store> {
  const store = await openPostgresStore({ pool, deadlineSeconds: 10, ...options });
  await store.check();
  return store;
}

/** A step that is durable before it resolves, and what shows that it was not lost. */
type DurableStep = (store: Store, session: Session) => Promise<(restarted: Store) => Promise<void>>;

const durable: Readonly<Record<string, DurableStep>> = {
  create: async ({ sessions }) => {
    const { session } = await createSession(sessions, newSession(random), 5, startAt);
    return async (restarted) => expect(await restarted.sessions.find(session.id)).toEqual(session);
  },
  revokeSession: async ({ sessions }, { id }) => {
    const ended = await sessions.revokeSession(id, null, startAt);
    return async (restarted) => expect(await restarted.sessions.find(id)).toEqual(ended?.session);
  },
  'apply revoke-session': async ({ sessions }, session) => {
    const { session: ended } = await sessions.apply(session, { kind: 'revoke-session' }, startAt);
    return async (restarted) => expect(await restarted.sessions.find(session.id)).toEqual(ended);
  },
  'apply revoke-subject': async ({ sessions }, session) => {
    await sessions.apply(session, { kind: 'revoke-subject' }, startAt);
    return async (restarted) => expect(await restarted.sessions.epochOf(session.subject)).toBe(1);
  },
  'apply bind': async ({ sessions }, session) => {
    const binding = { kind: 'browser', jkt: 'key' } as const;
    const change = { kind: 'bind', binding, to: { ...initialRotation, generation: 1 } } as const;
    const { session: bound } = await sessions.apply(session, change, startAt);
    return async (restarted) => expect(await restarted.sessions.find(session.id)).toEqual(bound);
  },
  revokeSubject: async ({ sessions }, { subject }) => {
    await sessions.revokeSubject(subject, startAt);
    return async (restarted) => expect(await restarted.sessions.epochOf(subject)).toBe(1);
  },
  revokeOthers: async ({ sessions }, { id, subject }) => {
    await sessions.revokeOthers(subject, 'another', startAt);
    return async (restarted) => expect((await restarted.sessions.find(id))?.revokedAt).toBe(startAt);
  },
  reauthenticate: async ({ sessions }, session) => {
    const { session: moved } = await sessions.reauthenticate(session, session, null, startAt);
    return async (restarted) => expect(await restarted.sessions.find(session.id)).toEqual(moved);
  },
  revokeClient: async ({ sessions }, { id, subject, clientId }) => {
    const { counter } = await sessions.revokeClient(subject, clientId, startAt);
    return async (restarted) => {
      expect(await restarted.sessions.clientCounterOf(subject, clientId)).toBe(counter);
      expect((await restarted.sessions.find(id))?.revokedAt).toBe(startAt);
    };
  },
  'write a document': async ({ documents }, { id }) => {
    await documents.write('first', id, 0, 'one');
    return async (restarted) => expect((await restarted.documents.read('first', id))?.version).toBe(1);
  },
  'write a document again': async ({ documents }, { id }) => {
    await documents.write('second', id, 0, 'one');
    await documents.write('second', id, 1, 'two');
    return async (restarted) => expect((await restarted.documents.read('second', id))?.version).toBe(2);
  },
  'remove a document': async ({ documents }, { id }) => {
    await documents.write('third', id, 0, 'one');
    await documents.remove('third', id, 1);
    return async (restarted) => expect(await restarted.documents.read('third', id)).toBeNull();
  },
};

describe(`kill -9 of a server that waits for no commit, seed ${String(seed)}`, () => {
  test.each(Object.entries(durable))('after the answer, nothing is lost: %s', async (_, step) => {
    const store = await open();
    const { session } = await createSession(store.sessions, newSession(random), 5, startAt);
    const check = await step(store, session);
    await crashAndRestart();
    await store.close();
    const restarted = await open();
    await check(restarted);
    await restarted.close();
  });

  test('rotations that wait for no commit are lost whole, and the token that was answered stays good', async () => {
    let lost = 0;
    for (let round = 0; round < 10; round += 1) {
      const store = await open({ synchronousRotations: false });
      const { session } = await createSession(store.sessions, newSession(random), 5, startAt);
      const { session: rotated } = await store.sessions.rotate(attemptFor(session));
      await crashAndRestart();
      await store.close();
      const restarted = await open();
      const found = await restarted.sessions.find(session.id);
      expect([session, rotated]).toContainEqual(found);
      expectStillGood(found, rotated as Session);
      lost += found?.generation === 0 ? 1 : 0;
      await restarted.close();
    }
    // Otherwise this would have shown nothing.
    expect(lost).toBeGreaterThan(0);
  });

  test('under load nothing is lost that was answered, except rotations, which heal', async () => {
    let checked = 0;
    for (let round = 0; round < 8; round += 1) {
      const answers = await loadAndCrash(1 + random.below(300));
      const restarted = await open();
      for (const check of answers) await check(restarted);
      checked += answers.length;
      await restarted.close();
    }
    expect(checked).toBeGreaterThan(100);
  });
});

/** Runs clients until `count` answers have come, then crashes the server. Resolves to what shows of each answer that it still holds. */
async function loadAndCrash(count: number): Promise<((restarted: Store) => Promise<void>)[]> {
  const store = await open({ synchronousRotations: false });
  const answers: ((restarted: Store) => Promise<void>)[] = [];
  const enough = new Promise<void>((resolve) => {
    const clients = Array.from({ length: 8 }, async () => {
      for (;;) {
        const { session } = await createSession(store.sessions, newSession(random), 5, startAt);
        const { session: rotated } = await store.sessions.rotate(attemptFor(session));
        answers.push(async (restarted) =>
          expectStillGood(await restarted.sessions.find(session.id), rotated as Session),
        );
        for (const step of random.pick([[], Object.values(durable)])) {
          const { session: other } = await createSession(store.sessions, newSession(random), 5, startAt);
          answers.push(await step(store, other));
        }
        if (answers.length >= count) resolve();
      }
    });
    // Each ends with the call that the crash rejects.
    void Promise.allSettled(clients);
  });
  await enough;
  await crashAndRestart();
  await store.close();
  return answers;
}

/** The token that was answered is granted by the rule, whether or not the store remembers its generation. */
function expectStillGood(record: Session | null, answered: Session): void {
  expect(record).toMatchObject(
    record?.generation === 0 ? initialRotation : { generation: 1, previousFork: 0 },
  );
  if (record === null) return;
  const outcome = outcomeOf(record, answered, startAt + 21);
  expect(['kept', 'healed']).toContain(outcome);
}
