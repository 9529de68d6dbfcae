import type { EpochSeconds } from '../../base/clock.js';
import { endedRetentionSeconds } from '../session-store.js';
import { eventRetentionSeconds } from '../event-log.js';
import type { Connection } from './connection.js';
import type { SqliteStatement, SqliteValue } from './driver.js';

/** Rows examined in one transaction: a few milliseconds, so that a sweep delays nobody. */
const chunkRows = 1000;

/** Rows examined in one sweep, for each row that it may delete; the next sweep goes on from there. */
const examinedPerDeleted = 20;

const deadSessions = `
select id as key, (
  expires_at <= ? or coalesce(rotated_at, created_at) + idle_seconds <= ? or coalesce(revoked_at <= ?, 0)
  or exists (
    select 1 from subjects where subject = sessions.subject and epoch > sessions.epoch and changed_at <= ?
  )
) as dead
from sessions where id > ? order by id limit ?`;

// An epoch says only which of its subject's records are dead, so it may go when there are none left. It stays as long as
// an ended record would, for whoever still holds an answer with the old number in it.
const unusedSubjects = `
select subject as key, (
  changed_at <= ? and not exists (select 1 from sessions where sessions.subject = subjects.subject)
) as dead
from subjects where subject > ? order by subject limit ?`;

interface ExaminedRow {
  readonly key: SqliteValue;
  readonly dead: number;
}

/** Walks through the tables in the order of their keys, so that a rotation has no index to keep up to date for it. */
export function createSweep(connection: Connection): (now: EpochSeconds, limit: number) => Promise<number> {
  const sessions = connection.prepare(deadSessions);
  const subjects = connection.prepare(unusedSubjects);
  const events = connection.prepare(
    'delete from events where id in (select id from events order by id limit ?) and at <= ? returning id',
  );
  const sweepSessions = createWalk(
    connection,
    (cutoff, after, rows) => sessions.all(cutoff, cutoff, cutoff, cutoff, after, rows) as ExaminedRow[],
    connection.prepare('delete from sessions where id = ?'),
    new Uint8Array(),
  );
  const sweepSubjects = createWalk(
    connection,
    (cutoff, after, rows) => subjects.all(cutoff, after, rows) as ExaminedRow[],
    connection.prepare('delete from subjects where subject = ?'),
    '',
  );

  return async (now, limit) => {
    const endedBefore = now - endedRetentionSeconds;
    const sweptSessions = await sweepSessions(endedBefore, limit);
    await sweepSubjects(endedBefore, limit);
    const sweptEvents = await connection.write(() => events.all(limit, now - eventRetentionSeconds));
    return sweptSessions + sweptEvents.length;
  };
}

function createWalk(
  connection: Connection,
  examine: (cutoff: EpochSeconds, after: SqliteValue, rows: number) => ExaminedRow[],
  remove: SqliteStatement,
  start: SqliteValue,
): (cutoff: EpochSeconds, limit: number) => Promise<number> {
  let position = start;

  return async (cutoff, limit) => {
    let deleted = 0;
    for (let examined = 0; examined < limit * examinedPerDeleted && deleted < limit; examined += chunkRows) {
      const rows = await connection.write(() => {
        const chunk = examine(cutoff, position, chunkRows);
        const dead = chunk.filter((row) => row.dead === 1).slice(0, limit - deleted);
        for (const { key } of dead) remove.run(key);
        return { dead, last: chunk.at(-1)?.key ?? start, isEnd: chunk.length < chunkRows };
      });
      deleted += rows.dead.length;
      position = rows.isEnd ? start : rows.last;
      if (rows.isEnd) break;
    }
    return deleted;
  };
}
