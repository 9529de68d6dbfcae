import type { EpochSeconds } from '../../base/clock.js';
import { idleEndOf } from './session-row.js';
import { endedRetentionSeconds } from '../session-store.js';
import { eventRetentionSeconds } from '../event-log.js';
import type { SqliteConnection } from './connection.js';
import type { SqliteStatement, SqliteValue } from './driver.js';

/** Rows examined in one transaction: a few milliseconds, so that a sweep delays nobody. */
const chunkRows = 1000;

/** Rows examined in one sweep, for each row that it may delete; the next sweep goes on from there. */
const examinedPerDeleted = 20;

// A parent stays while a child lives that ends with it.
const deadSessions = `
select id as key, (
  (expires_at <= ?1 or ${idleEndOf('s')} <= ?1 or coalesce(revoked_at <= ?1, 0) or exists (
    select 1 from subjects where subject = s.subject and epoch > s.epoch and changed_at <= ?1
  )) and (parent_id is not null or not exists (
    select 1 from sessions as child where child.subject = s.subject and child.kept_until is null and child.parent_id = s.id
      and child.offline = 0 and child.revoked_at is null and child.expires_at > ?2
      and ${idleEndOf('child')} > ?2
      and not exists (select 1 from subjects where subject = child.subject and epoch > child.epoch)
  ))
) as dead
from sessions as s where id > ?3 order by id limit ?4`;

// An epoch says only which of its subject's records are dead, so it may go when there are none left. It stays as long as
// an ended record would, for whoever still holds an answer with the old number in it.
const unusedSubjects = `
select subject as key, (
  changed_at <= ?1
  and not exists (select 1 from sessions where sessions.subject = subjects.subject and kept_until is null)
  and not exists (select 1 from sessions where sessions.subject = subjects.subject and kept_until is not null)
) as dead
from subjects where subject > ?2 order by subject limit ?3`;

const unusedCounters = 'delete from client_counters where changed_at <= ?';

interface ExaminedRow {
  readonly key: SqliteValue;
  readonly dead: number;
}

/** Walks through the tables in the order of their keys, so that a rotation has no index to keep up to date for it. */
export function createSweep(
  connection: SqliteConnection,
): (now: EpochSeconds, limit: number) => Promise<number> {
  const sessions = connection.prepare(deadSessions);
  const subjects = connection.prepare(unusedSubjects);
  const counters = connection.prepare(unusedCounters);
  const events = connection.prepare(
    'delete from events where id in (select id from events order by id limit ?) and at <= ? returning id',
  );
  const sweepSessions = createWalk(
    connection,
    (cutoff, after, rows) =>
      sessions.all(cutoff, cutoff + endedRetentionSeconds, after, rows) as ExaminedRow[],
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
    await connection.write(() => counters.run(endedBefore));
    const sweptEvents = await connection.write(() => events.all(limit, now - eventRetentionSeconds));
    return sweptSessions + sweptEvents.length;
  };
}

function createWalk(
  connection: SqliteConnection,
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
