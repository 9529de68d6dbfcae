import type { EventLog, LoggedEntry, LogQuery } from '../event-log.js';
import type { SqliteConnection } from './connection.js';
import type { SqliteStatement, SqliteValue } from './driver.js';
import { fromNullableText, fromText, toNullableText, toText } from '../text.js';

interface EventRow {
  readonly id: number;
  readonly at: number;
  readonly subject: string | null;
  readonly session_id: string | null;
  readonly body: string;
}

const select = 'select id, at, subject, session_id, body from events';

export function createEvents(connection: SqliteConnection): EventLog {
  const insert = connection.prepare('insert into events (at, subject, session_id, body) values (?, ?, ?, ?)');
  const newest = connection.prepare(`${select} order by id desc limit ?`);
  const readers = new Map<string, SqliteStatement>();

  /** One statement per combination of filters, so that each can use its index. */
  function readerFor(conditions: string): SqliteStatement {
    const known =
      readers.get(conditions) ?? connection.prepare(`${select} where ${conditions} order by id limit ?`);
    readers.set(conditions, known);
    return known;
  }

  return {
    append: (entries) =>
      connection.write(() => {
        for (const { at, subject, sessionId, body } of entries) {
          insert.run(at, toNullableText(subject), toNullableText(sessionId), toText(body));
        }
      }),

    read: (query) =>
      connection.read(() => {
        const { conditions, values } = filterOf(query);
        return (readerFor(conditions).all(...values, query.limit) as EventRow[]).map(entryOf);
      }),

    tail: (limit) => connection.read(() => (newest.all(limit) as EventRow[]).map(entryOf).reverse()),
  };
}

function filterOf(query: LogQuery): { readonly conditions: string; readonly values: SqliteValue[] } {
  const conditions = ['id > ?'];
  const values: SqliteValue[] = [query.after === null ? 0 : Number(query.after)];
  if (query.subject !== undefined) {
    conditions.push('subject = ?');
    values.push(toText(query.subject));
  }
  if (query.sessionId !== undefined) {
    conditions.push('session_id = ?');
    values.push(toText(query.sessionId));
  }
  if (query.since !== undefined) {
    conditions.push('at >= ?');
    values.push(query.since);
  }
  return { conditions: conditions.join(' and '), values };
}

function entryOf(row: EventRow): LoggedEntry {
  return {
    cursor: String(row.id),
    at: row.at,
    subject: fromNullableText(row.subject),
    sessionId: fromNullableText(row.session_id),
    body: fromText(row.body),
  };
}
