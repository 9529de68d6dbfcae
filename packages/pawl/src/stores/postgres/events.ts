import type { EventLog, LoggedEntry, LogQuery } from '../event-log.js';
import { fromNullableText, fromText, toNullableText, toText } from '../text.js';
import type { PostgresConnection } from './connection.js';
import type { PostgresRow } from './driver.js';
import { type Durability, settingsText } from './session-statements.js';
import { createStatement, quoteName, type Statement } from './statement.js';

/** Above every number of an entry. */
const pastTheEnd = '9223372036854775807';

export function createEvents(
  connection: PostgresConnection,
  schemaName: string,
  settings: { readonly deadlineSeconds: number; readonly durability: Durability },
): EventLog {
  const schema = quoteName(schemaName);
  const select = `select id, at, subject, session_id, body from ${schema}.events`;
  // A number is drawn before its commit. Drawn by several at once, a higher one could be seen first, and a reader who goes on from it
  // would never see the lower one; so whoever appends waits for who appended before.
  const append = createStatement(`with ${settingsText(settings.durability, settings.deadlineSeconds)},
    turn as materialized (
      select pg_advisory_xact_lock(hashtextextended('pawl events ' || $5::text, 0)) from settings
    )
    insert into ${schema}.events (at, subject, session_id, body)
    select e.at, e.subject, e.session_id, e.body from turn cross join unnest(
      $1::double precision[], $2::text[], $3::text[], $4::text[]
    ) with ordinality as e (at, subject, session_id, body, place)
    order by e.place`);
  const newest = createStatement(`${select} order by id desc limit $1`);
  const readers = createReaders(select);

  return {
    append: (entries) =>
      connection.accept(async () => {
        if (entries.length === 0) return;
        await connection.run(append, [
          entries.map(({ at }) => at),
          entries.map(({ subject }) => toNullableText(subject)),
          entries.map(({ sessionId }) => toNullableText(sessionId)),
          entries.map(({ body }) => toText(body)),
          schemaName,
        ]);
      }),

    read: (query) =>
      connection.accept(async () => {
        const { statement, values } = readers(query);
        return (await connection.run(statement, values)).map(entryOf);
      }),

    tail: (limit) =>
      connection.accept(async () => (await connection.run(newest, [limit])).map(entryOf).reverse()),
  };
}

/** One statement for each combination of filters, so that each can use its index. */
function createReaders(
  select: string,
): (query: LogQuery) => { readonly statement: Statement; readonly values: unknown[] } {
  const isAbout = (column: string, value: string): string =>
    `hashtextextended(${column}, 0) = hashtextextended(${value}::text collate "C", 0) and ${column} = ${value}`;
  const read = (...conditions: string[]): Statement =>
    createStatement(
      `${select} where ${['id > $1', 'at >= $3', ...conditions].join(' and ')} order by id limit $2`,
    );
  const all = read();
  const ofSubject = read(isAbout('subject', '$4'));
  const ofSession = read(isAbout('session_id', '$4'));
  const ofBoth = read(isAbout('session_id', '$4'), 'subject = $5');

  return ({ after, limit, subject, sessionId, since = '-infinity' }) => {
    const values = [positionOf(after), limit, since];
    if (subject === undefined && sessionId === undefined) return { statement: all, values };
    if (sessionId === undefined) return { statement: ofSubject, values: [...values, toText(subject ?? '')] };
    if (subject === undefined) return { statement: ofSession, values: [...values, toText(sessionId)] };
    return { statement: ofBoth, values: [...values, toText(sessionId), toText(subject)] };
  };
}

/** Behind a cursor of another store there is nothing. */
function positionOf(after: string | null): string {
  if (after === null) return '0';
  return /^\d{1,18}$/.test(after) ? after : pastTheEnd;
}

function entryOf(row: PostgresRow): LoggedEntry {
  return {
    cursor: String(row['id']),
    at: Number(row['at']),
    subject: fromNullableText(row['subject'] as string | null),
    sessionId: fromNullableText(row['session_id'] as string | null),
    body: fromText(String(row['body'])),
  };
}
