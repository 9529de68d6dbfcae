import assert from 'node:assert/strict';
import type { LogEntry, LoggedEntry } from '../stores/event-log.js';
import { startAt } from './session-fixture.js';
import type { StoreAccess } from './store-conformance.js';

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
