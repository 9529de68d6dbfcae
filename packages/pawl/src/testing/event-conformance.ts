import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventLog, LogEntry, LoggedEntry, LogQuery } from '../stores/event-log.js';
import { at, connections } from './race.js';
import { startAt } from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

const appenders = 8;
const appendsEach = 40;

export function describeEvents(access: StoreAccess): void {
  const { runner, withStore } = access;
  const { describe, test } = runner;
  describe('events', () => {
    test('entries are read in the order in which they were appended', () =>
      withStore(async ({ events }) => {
        assert.deepEqual(await events.read({ after: null, limit: 9 }), []);
        assert.deepEqual(await events.tail(9), []);
        const entries = numbered(5);
        await events.append(entries.slice(0, 3));
        await events.append([]);
        await events.append(entries.slice(3));
        assert.deepEqual((await events.read({ after: null, limit: 9 })).map(withoutCursor), entries);
        assert.deepEqual((await events.tail(9)).map(withoutCursor), entries);
        assert.deepEqual((await events.tail(2)).map(withoutCursor), entries.slice(3));
      }));

    test('reading goes on after a cursor, without gap or repetition', () =>
      withStore(async ({ events }) => {
        const entries = numbered(25);
        await events.append(entries);
        const read: LoggedEntry[] = [];
        for (;;) {
          const page = await events.read({ after: read.at(-1)?.cursor ?? null, limit: 4 });
          if (page.length === 0) break;
          read.push(...page);
        }
        assert.deepEqual(read.map(withoutCursor), entries);
        assert.equal(new Set(read.map(({ cursor }) => cursor)).size, 25);

        await events.append(numbered(1));
        const added = await events.read({ after: read.at(-1)?.cursor ?? null, limit: 9 });
        assert.deepEqual(added.map(withoutCursor), numbered(1));
      }));

    test('reading can be narrowed to a subject, a session, or both', () =>
      withStore(async ({ events }) => {
        const about = (subject: string | null, sessionId: string | null): LogEntry => {
          return { at: startAt, subject, sessionId, body: '{}' };
        };
        const [a1, a2, b1, none] = [about('a', '1'), about('a', '2'), about('b', '1'), about(null, null)];
        await events.append([a1, a2, b1, none]);
        const read = async (query: { subject?: string; sessionId?: string }): Promise<LogEntry[]> =>
          (await events.read({ after: null, limit: 9, ...query })).map(withoutCursor);
        assert.deepEqual(await read({ subject: 'a' }), [a1, a2]);
        assert.deepEqual(await read({ sessionId: '1' }), [a1, b1]);
        assert.deepEqual(await read({ subject: 'a', sessionId: '1' }), [a1]);
        assert.deepEqual(await read({ subject: 'c' }), []);
      }));

    describeQueries(access);
    describeConcurrentAppends(access);

    describeInstants(access);
  });
}

function describeInstants({ runner, withStore }: StoreAccess): void {
  runner.test('reading can begin at an instant', () =>
    withStore(async ({ events }) => {
      const entries = numbered(6);
      await events.append(entries);
      const since = startAt + 2;
      const read = await events.read({ after: null, limit: 2, since });
      assert.deepEqual(read.map(withoutCursor), entries.slice(2, 4));
      const more = await events.read({ after: read.at(-1)?.cursor ?? null, limit: 9, since });
      assert.deepEqual(more.map(withoutCursor), entries.slice(4));
      const ofSubject = await events.read({ after: null, limit: 9, since, subject: 'subject-1' });
      assert.deepEqual(ofSubject, []);
      assert.deepEqual(await events.read({ after: null, limit: 9, since: startAt + 6 }), []);

      // Longer, and added over time: a store may seek.
      const hours = Array.from({ length: 50 }, (_, hour) => ({
        at: startAt + 10_000 + hour * 3600,
        subject: null,
        sessionId: String(hour),
        body: '{}',
      }));
      for (const entry of hours) await events.append([entry]);
      for (const [hour, { at }] of hours.entries()) {
        const found = await events.read({ after: null, limit: 99, since: at });
        assert.deepEqual(found.map(withoutCursor), hours.slice(hour));
      }
    }),
  );
}

/** Everything that a query finds, by pages of `limit`. */
async function readInPages(events: EventLog, query: Omit<LogQuery, 'after'>): Promise<LoggedEntry[]> {
  const read: LoggedEntry[] = [];
  for (;;) {
    const page = await events.read({ ...query, after: read.at(-1)?.cursor ?? null });
    assert.ok(page.length <= query.limit);
    if (page.length === 0) return read;
    read.push(...page);
  }
}

function describeQueries({ runner, random, withStore }: StoreAccess): void {
  runner.test(
    'a query finds its entries among thousands of others, all of them, in order and page by page',
    () =>
      withStore(async ({ events }) => {
        const subjects = ['', '-', '"', 'a', 'A', 'a\0', '\ud83d', 'x'.repeat(2000)];
        const sessions = ['', '-', 'one', 'ONE', 'two\n'];
        const entries = Array.from({ length: 3000 }, (_, index): LogEntry => {
          const [subject, sessionId] = [random.pick([...subjects, null]), random.pick([...sessions, null])];
          return { at: startAt + index, subject, sessionId, body: String(index) };
        });
        for (let from = 0; from < entries.length; from += 750) {
          await events.append(entries.slice(from, from + 750));
        }
        const since = startAt + 1500;
        for (const subject of subjects) {
          for (const sessionId of [undefined, ...sessions]) {
            const isAbout = (entry: LogEntry): boolean =>
              entry.subject === subject && (sessionId === undefined || entry.sessionId === sessionId);
            const query = { subject, limit: 70, ...(sessionId === undefined ? {} : { sessionId }) };
            const found = await readInPages(events, query);
            assert.deepEqual(found.map(withoutCursor), entries.filter(isAbout));
            const late = await readInPages(events, { ...query, since });
            assert.deepEqual(
              late,
              found.filter(({ at }) => at >= since),
            );
            const behind = await events.read({ ...query, limit: 9999, after: found[0]?.cursor ?? null });
            assert.deepEqual(behind, found.slice(1));
          }
        }
        assert.deepEqual(await events.read({ after: null, limit: 0, subject: 'a' }), []);
      }),
    120_000,
  );
}

function describeConcurrentAppends({ runner, withStores }: StoreAccess): void {
  runner.test(
    '8 append over 4 connections while others read by cursor: no entry is missed or comes twice, and those of each are in order',
    () =>
      withStores(connections, async (stores) => {
        let left = appenders;
        const append = async (name: number): Promise<void> => {
          const { events } = at(stores, name);
          for (let index = 0; index < appendsEach; index += 1) {
            const entry = { at: startAt, subject: String(name), sessionId: 'all', body: String(index) };
            await events.append(index % 5 === 0 ? [entry, { ...entry, body: `${entry.body} too` }] : [entry]);
          }
          left -= 1;
        };
        const follow = async (index: number, about: Pick<LogQuery, 'sessionId'>): Promise<LoggedEntry[]> => {
          const read: LoggedEntry[] = [];
          for (;;) {
            const isLast = left === 0;
            const after = read.at(-1)?.cursor ?? null;
            const page = await at(stores, index).events.read({ ...about, after, limit: 7 });
            read.push(...page);
            if (isLast && page.length === 0) return read;
            // A store may answer in the same turn, and those who append need turns of their own.
            await nextTurn();
          }
        };
        const [, ...read] = await Promise.all([
          Promise.all(Array.from({ length: appenders }, (_, name) => append(name))),
          ...[0, 1, 2].map((index) => follow(index, {})),
          follow(3, { sessionId: 'all' }),
        ]);
        const whole = await readInPages(at(stores, 0).events, { limit: 99 });
        const expected = Array.from({ length: appendsEach }, (_, index) =>
          index % 5 === 0 ? [String(index), `${String(index)} too`] : [String(index)],
        ).flat();
        for (const found of [whole, ...read]) {
          assert.deepEqual(found, whole);
          for (let name = 0; name < appenders; name += 1) {
            const own = found.filter(({ subject }) => subject === String(name));
            assert.deepEqual(
              own.map(({ body }) => body),
              expected,
            );
          }
        }
      }),
    120_000,
  );
}

function numbered(count: number): LogEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    at: startAt + index,
    subject: `subject-${String(index)}`,
    sessionId: null,
    body: JSON.stringify({ index, text: 'é"\u0000' }),
  }));
}

/** What was appended; cursors differ from store to store. */
export function withoutCursor({ at, subject, sessionId, body }: LoggedEntry): LogEntry {
  return { at, subject, sessionId, body };
}
