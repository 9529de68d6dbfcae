import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadDriver, type SqliteDatabase, type SqliteDriver } from '../../../src/stores/sqlite/driver.js';
import { openSqliteStore } from '../../../src/stores/sqlite/index.js';
import { createSession, attemptFor, newSession, startAt } from '../../../src/testing/session-fixture.js';
import { createSeededRandom } from '../../../src/testing/seeded-random.js';
import { kill, startWorker } from './worker-process.js';

const folder = mkdtempSync(join(tmpdir(), 'pawl-faults-'));
const random = createSeededRandom(1);
const driver = await loadDriver();

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The driver, with what every connection executes written down and the latest connection at hand. */
function observe(): {
  readonly driver: SqliteDriver;
  readonly executed: string[];
  readonly latest: () => SqliteDatabase;
} {
  const executed: string[] = [];
  const databases: SqliteDatabase[] = [];
  class Observed extends driver.DatabaseSync {
    constructor(path: string) {
      super(path);
      databases.push(this);
    }
    override exec(sql: string): void {
      executed.push(sql);
      super.exec(sql);
    }
  }
  return { driver: { DatabaseSync: Observed }, executed, latest: () => databases.at(-1) as SqliteDatabase };
}

describe('grouping', () => {
  test('writes of one turn share one transaction', async () => {
    const { driver: observed, executed } = observe();
    const store = await openSqliteStore({ path: join(folder, 'group.db'), driver: observed });
    executed.length = 0;
    const sessions = Array.from({ length: 100 }, () => newSession(random));
    await Promise.all(sessions.map((session) => createSession(store.sessions, session, 5, startAt)));
    expect(executed).toEqual(['begin immediate', 'commit']);
    await Promise.all(sessions.map((session) => store.sessions.rotate(attemptFor(session))));
    expect(executed).toEqual(['begin immediate', 'commit', 'begin immediate', 'commit']);
    await store.close();
  });

  test('a write that fails does not hurt those that shared its transaction', async () => {
    const store = await openSqliteStore({ path: join(folder, 'separate.db') });
    const taken = newSession(random);
    await createSession(store.sessions, taken, 5, startAt);
    const good = [newSession(random), newSession(random)];
    const [first, bad, second] = await Promise.allSettled([
      createSession(store.sessions, good[0] as typeof taken, 5, startAt),
      createSession(store.sessions, { ...taken, secretHash: random.text(32) }, 5, startAt),
      createSession(store.sessions, good[1] as typeof taken, 5, startAt),
    ]);
    expect([first.status, bad.status, second.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    for (const { id } of good) expect(await store.sessions.find(id)).not.toBeNull();
    await store.close();
  });
});

describe('faults', () => {
  test('a frozen process with the write lock: writes reject in time, the loop runs on, then all is well', async () => {
    const path = join(folder, 'frozen.db');
    const store = await openSqliteStore({ path, busyDeadlineSeconds: 1 });
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    const holder = await startWorker(path, 'lock');
    holder.kill('SIGSTOP');
    try {
      let turns = 0;
      const counter = setInterval(() => (turns += 1), 1);
      const results = await Promise.allSettled([
        store.sessions.rotate(attemptFor(session)),
        store.sessions.revokeSubject(session.subject, startAt),
        store.check(),
      ]);
      clearInterval(counter);
      for (const result of results) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
      }
      expect(turns).toBeGreaterThan(10);
      expect(await store.sessions.find(session.id)).toMatchObject({ generation: 0, subjectEpoch: 0 });

      holder.kill('SIGCONT');
      const released = once(holder, 'message');
      holder.send('release');
      await released;
      expect((await store.sessions.rotate(attemptFor(session))).rotated).toBe(true);
    } finally {
      await kill(holder);
      await store.close();
    }
  });

  test('a full disk: the write rejects, nothing of it is kept, reads go on', async () => {
    const { driver: observed, latest } = observe();
    const store = await openSqliteStore({ path: join(folder, 'full.db'), driver: observed });
    const session = newSession(random);
    await createSession(store.sessions, session, 5, startAt);
    latest().exec('pragma max_page_count = 1');
    const large = 'x'.repeat(100_000);
    const results = await Promise.allSettled([
      store.documents.write('c', 'a', 0, large),
      store.documents.write('c', 'b', 0, large),
    ]);
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
    }
    expect(await store.documents.list('c', null, 9)).toEqual([]);
    expect(await store.sessions.find(session.id)).not.toBeNull();
    latest().exec('pragma max_page_count = 1000000');
    expect(await store.documents.write('c', 'a', 0, large)).toBe(true);
    await store.close();
  });
});

describe('faults at the end of a transaction', () => {
  test('a commit that fails is answered as a failure, and nothing of it is kept', async () => {
    const { driver: observed, latest } = observe();
    const store = await openSqliteStore({ path: join(folder, 'commit.db'), driver: observed });
    // SQLite looks at a deferred reference only when it commits.
    latest().exec(`pragma foreign_keys = on;
      create temp table parents (id integer primary key);
      create temp table children (parent references parents deferrable initially deferred);
      create temp trigger orphan after insert on main.sessions begin insert into children values (1); end`);
    const refused = [newSession(random), newSession(random)];
    const results = await Promise.allSettled(
      refused.map((session) => createSession(store.sessions, session, 5, startAt)),
    );
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
    }
    for (const { id } of refused) expect(await store.sessions.find(id)).toBeNull();
    latest().exec('drop trigger orphan');
    for (const session of refused) await createSession(store.sessions, session, 5, startAt);
    await store.close();
  });
});

describe('a database that can only be read', () => {
  test('answers reads, rejects every write and the check, and writes again when it may', async () => {
    const { driver: observed, latest } = observe();
    const store = await openSqliteStore({ path: join(folder, 'read-only.db'), driver: observed });
    const session = newSession(random);
    const { session: created } = await createSession(store.sessions, session, 5, startAt);
    latest().exec('pragma query_only = on');
    const writes: Record<string, () => Promise<unknown>> = {
      create: () => createSession(store.sessions, newSession(random), 5, startAt),
      rotate: () => store.sessions.rotate(attemptFor(session)),
      apply: () => store.sessions.apply(created, { kind: 'revoke-subject' }, startAt),
      revokeSession: () => store.sessions.revokeSession(session.id, null, startAt),
      write: () => store.documents.write('c', 'k', 0, ''),
      check: () => store.check(),
      append: () => store.events.append([{ at: startAt, subject: null, sessionId: null, body: '{}' }]),
    };
    for (const [name, write] of Object.entries(writes)) {
      await expect(write(), name).rejects.toMatchObject({ code: 'store_unavailable' });
    }
    expect(await store.sessions.find(session.id)).toEqual(created);
    expect(await store.sessions.epochOf(session.subject)).toBe(0);
    latest().exec('pragma query_only = off');
    expect((await store.sessions.rotate(attemptFor(session))).rotated).toBe(true);
    await store.close();
  });

  test('is not opened as a store', async () => {
    const path = join(folder, 'not-opened.db');
    await (await openSqliteStore({ path })).close();
    const Database: new (path: string, options: { readonly readOnly: boolean }) => SqliteDatabase =
      driver.DatabaseSync;
    class ReadOnly extends Database {
      constructor(file: string) {
        super(file, { readOnly: true });
      }
    }
    await expect(openSqliteStore({ path, driver: { DatabaseSync: ReadOnly } })).rejects.toMatchObject({
      code: 'option_invalid',
      cause: { errcode: 8 },
    });
  });
});

test('a runtime without a driver is told which ones there are', async () => {
  await expect(loadDriver(['node:no-such-driver', 'no-such-driver'])).rejects.toMatchObject({
    code: 'option_invalid',
    message: expect.stringContaining('@photostructure/sqlite') as string,
    cause: expect.objectContaining({ errors: [expect.any(Error), expect.any(Error)] }) as AggregateError,
  });
});

describe('the file', () => {
  test('is readable by its owner only, and so are the files beside it', async () => {
    const path = join(folder, 'mode.db');
    const store = await openSqliteStore({ path });
    await store.check();
    for (const end of ['', '-wal', '-shm']) expect(statSync(path + end).mode & 0o777).toBe(0o600);
    await store.close();
  });

  test('of another program, of a newer version, or of no database is refused and left as it is', async () => {
    const foreign = new driver.DatabaseSync(join(folder, 'foreign.db'));
    foreign.exec('create table notes (text text)');
    foreign.close();
    await (await openSqliteStore({ path: join(folder, 'newer.db') })).close();
    const newer = new driver.DatabaseSync(join(folder, 'newer.db'));
    newer.exec('pragma user_version = 99');
    newer.close();
    writeFileSync(join(folder, 'text.db'), 'no database, '.repeat(100));
    chmodSync(join(folder, 'text.db'), 0o600);
    for (const name of ['foreign.db', 'newer.db', 'text.db']) {
      await expect(openSqliteStore({ path: join(folder, name) })).rejects.toMatchObject({
        code: 'store_incompatible',
      });
    }
  });

  test('must be named and must be in a folder that exists', async () => {
    for (const path of ['', ':memory:', 'file:x', join(folder, 'none', 'x.db')]) {
      await expect(openSqliteStore({ path })).rejects.toMatchObject({ code: 'option_invalid' });
    }
  });
});
