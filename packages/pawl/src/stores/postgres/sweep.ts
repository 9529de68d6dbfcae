import type { EpochSeconds } from '../../base/clock.js';
import { endedRetentionSeconds } from '../session-store.js';
import { eventRetentionSeconds } from '../event-log.js';
import type { PostgresConnection } from './connection.js';
import { hashOf, isAlive, lastUseOf, placeOf } from './session-expressions.js';
import { settingsText } from './session-statements.js';
import { createStatement, quoteName, type Statement } from './statement.js';

/** Rows examined by one statement: a few milliseconds. */
const chunkRows = 1000;

/** Rows examined in one sweep, for each row that it may delete; the next sweep goes on from there. */
const examinedPerDeleted = 20;

/** Walks through the tables in the order of their keys, so that a rotation has no index to keep up to date for it. */
export function createSweep(
  connection: PostgresConnection,
  schemaName: string,
  deadlineSeconds: number,
): (now: EpochSeconds, limit: number) => Promise<number> {
  const schema = quoteName(schemaName);
  const settings = settingsText('deferred', deadlineSeconds);
  const sweepSessions = createWalk(connection, createStatement(walkText(settings, deadSessions(schema))), '');
  const sweepSubjects = createWalk(
    connection,
    createStatement(walkText(settings, unusedSubjects(schema))),
    '\\x',
  );
  // The counters of clients go along, which spares a round trip.
  const events = createStatement(`with ${settings}, oldest as materialized (
      select e.id, e.at from settings cross join lateral (
        select id, at from ${schema}.events order by id limit $1
      ) e
    ),
    counters as (
      delete from ${schema}.client_counters where key in (
        select key from ${schema}.client_counters where changed_at <= $3 order by changed_at limit $1
        for update skip locked
      )
    )
    delete from ${schema}.events where id in (select id from oldest where at <= $2) returning id`);

  return (now, limit) =>
    connection.accept(async () => {
      const endedBefore = now - endedRetentionSeconds;
      const sweptSessions = await sweepSessions([endedBefore, now], limit);
      await sweepSubjects([endedBefore], limit);
      const sweptEvents = await connection.run(events, [limit, now - eventRetentionSeconds, endedBefore]);
      return sweptSessions + sweptEvents.length;
    });
}

/**
 * Both texts examine up to $3 rows after the key $1, and delete up to $4 of those that ended before $2. What somebody else holds is left
 * to a later sweep, which so waits for nobody. A row is locked before it is deleted and asked again then, because it may be newer than
 * what was examined. The answer is one row: how many were examined and deleted, and the last key of those examined and those dead.
 */
function walkText(settings: string, { table, key, examined, isDead, isStillDead }: WalkText): string {
  return `with ${settings},
  examined as materialized (
    select t.* from settings cross join lateral (
      select ${examined}, ${isDead} as is_dead from ${table} t where ${key} > $1 order by ${key} limit $3
    ) t
  ),
  dead as materialized (select * from examined where is_dead order by ${key} limit $4),
  held as materialized (
    select t.${key} from ${table} t join dead d on d.${key} = t.${key} where ${isStillDead}
    order by t.${key} for update of t skip locked
  ),
  deleted as (delete from ${table} where ${key} in (select ${key} from held) returning 1)
  select (select count(*) from examined) as examined, (select count(*) from deleted) as deleted,
    (select ${key} from examined order by ${key} desc limit 1) as last_examined,
    (select ${key} from dead order by ${key} desc limit 1) as last_dead`;
}

interface WalkText {
  readonly table: string;
  readonly key: string;
  readonly examined: string;
  readonly isDead: string;
  readonly isStillDead: string;
}

function deadSessions(schema: string): WalkText {
  const isOver = `(t.expires_at <= $2 or ${lastUseOf('t')} + t.idle_seconds <= $2
    or coalesce(t.revoked_at <= $2, false) or exists (
      select from ${schema}.subjects u where u.subject_hash = ${hashOf('t.subject')}
        and u.epoch > t.epoch and u.changed_at <= $2
    ))`;
  // A parent that is over can still be ended, and takes its children along. Without the offset a plan may read all sessions for it at once.
  const epoch = `coalesce((select epoch from ${schema}.subjects where subject_hash = ${hashOf('c.subject')}), 0)`;
  const hasLivingChild = `exists (
      select from ${schema}.sessions c where ${placeOf('c.id')} = ${placeOf('t.id')} and c.kept_until is null
        and c.subject = t.subject and c.parent_id = t.id and not c.offline
        and ${isAlive('c', epoch, '$5::double precision')} offset 0
    )`;
  return {
    table: `${schema}.sessions`,
    key: 'id',
    examined: 'id',
    isDead: `(${isOver} and (t.parent_id is not null or not ${hasLivingChild}))`,
    isStillDead: isOver,
  };
}

// An epoch says only which of its subject's records are dead, so it may go when there are none left. It stays as long as an ended record
// would, for whoever still holds an answer with the old number in it. A login that the statement's snapshot does not show has moved the count.
function unusedSubjects(schema: string): WalkText {
  return {
    table: `${schema}.subjects`,
    key: 'subject_hash',
    examined: 'subject_hash, logins',
    isDead: `(t.changed_at <= $2 and not exists (
      select from ${schema}.sessions s where s.id >= t.place and s.id < t.place || '~' and s.subject = t.subject
    ))`,
    isStillDead: 't.logins = d.logins and t.changed_at <= $2',
  };
}

function createWalk(
  connection: PostgresConnection,
  statement: Statement,
  start: string,
): (instants: readonly EpochSeconds[], limit: number) => Promise<number> {
  let position = start;

  return async ([cutoff, ...others], limit) => {
    let deleted = 0;
    for (let examined = 0; examined < limit * examinedPerDeleted && deleted < limit; examined += chunkRows) {
      const values = [position, cutoff, chunkRows, limit - deleted, ...others];
      const [row = {}] = await connection.run(statement, values);
      deleted += Number(row['deleted']);
      const isEnd = Number(row['examined']) < chunkRows;
      // With no room left, there may be more of them among those that were examined.
      const last = row[deleted >= limit ? 'last_dead' : 'last_examined'];
      position = typeof last !== 'string' || (isEnd && deleted < limit) ? start : last;
      if (isEnd) break;
    }
    return deleted;
  };
}
