import { maxGeneration } from '../../rotation/session.js';
import { maxOwed, owedSeconds } from '../session-family.js';
import { hashOf, isAlive, isInTime, placeOf } from './session-expressions.js';
import { rotationColumns } from '../sql/session-row.js';
import { columnsOf, readsOf } from './session-row.js';
import { createStatement, quoteName, type Statement } from './statement.js';

/** What a statement does with the commit that ends it: wait for the disk whatever the connection says, as it says, or not at all. */
export type Durability = 'synced' | 'inherited' | 'deferred';

const durabilities: Readonly<Record<Durability, string>> = {
  synced:
    "case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', true) end",
  inherited: 'null',
  deferred: "set_config('synchronous_commit', 'off', true)",
};

/**
 * The first part of a statement that writes: sets, for this one transaction, how long it waits for a lock and for its commit. Who is
 * to feel it reads from `settings`, because what nobody reads is not run.
 */
export function settingsText(durability: Durability, deadlineSeconds: number): string {
  const milliseconds = String(Math.ceil(deadlineSeconds * 1000));
  return `settings as materialized (
    select set_config('lock_timeout', '${milliseconds}', true) as lock_wait, ${durabilities[durability]} as commit_wait
  )`;
}

/** The statements on sessions and epochs. */
export interface PostgresSessionStatements {
  readonly find: Statement;
  readonly ofSubject: Statement;
  readonly rotate: Statement;
  readonly advance: Statement;
  readonly bind: Statement;
  readonly endSubjectOf: Statement;
  readonly reauthenticate: Statement;
  readonly epoch: Statement;
  readonly incrementEpoch: Statement;
  readonly clientCounter: Statement;
  readonly logoutsOwed: Statement;
  readonly clearLogoutOwed: Statement;
  readonly create: Statement;
  readonly endSession: Statement;
  readonly endOthers: Statement;
  readonly endClient: Statement;
}

/** What the statements of one store are made for. */
export interface StatementSettings {
  readonly schema: string;
  readonly deadlineSeconds: number;
  readonly rotations: Durability;
}

export function createSessionStatements(settings: StatementSettings): PostgresSessionStatements {
  const schema = quoteName(settings.schema);
  const synced = settingsText('synced', settings.deadlineSeconds);
  const select = `select ${readsOf('s')}, coalesce((
    select epoch from ${schema}.subjects where subject_hash = h.subject_hash
  ), 0) as subject_epoch from ${schema}.sessions s
  cross join lateral (select ${hashOf('s.subject')} as subject_hash offset 0) h`;
  return {
    find: createStatement(`${select} where s.id = $1`),
    ofSubject: createStatement(
      `${select} where ${placeOf('s.id')} = $1 and s.kept_until is null and s.subject = $2`,
    ),
    rotate: createStatement(rotateText(schema, settings)),
    ...stepsOnOne(schema, synced),
    epoch: createStatement(`select epoch from ${schema}.subjects where subject_hash = $1`),
    incrementEpoch: createStatement(`with ${synced}
      insert into ${schema}.subjects as u (subject_hash, place, subject, epoch, changed_at, logins)
      select $1::bytea, $2::text, $3::text, 1, $4::double precision, 0 from settings
      on conflict (subject_hash) do update set epoch = u.epoch + 1, changed_at = excluded.changed_at
      returning epoch`),
    clientCounter: createStatement(`select counter from ${schema}.client_counters where key = $1`),
    logoutsOwed: createStatement(logoutsOwedText(schema)),
    clearLogoutOwed: createStatement(clearLogoutOwedText(schema, synced)),
    ...calls(schema, settings.deadlineSeconds),
  };
}

/**
 * Each row is locked first, in the order of the ids, so that statements never wait for each other in a circle. A locked row is the newest
 * one, also when it is newer than the statement's snapshot; the guard is computed on it, so the answer is the record as this step found or left it.
 * The lateral look-up keeps the order, and reads one row by its key however large the tables are. The comparison of generations stands in
 * the update, because the planner takes it to leave one row: a plan made on empty tables, which a connection may keep for long, would
 * otherwise read all of them. `offset 0` has a value worked out once for each row: the plan for a table of a few rows looks through all of
 * them, and would make the hash again for each. The words of a policy are asked for because a record with others, which cannot be read,
 * must not be moved either.
 */
function rotateText(schema: string, { deadlineSeconds, rotations }: StatementSettings): string {
  return `with ${settingsText(rotations, deadlineSeconds)},
  attempt as materialized (
    select a.* from settings cross join unnest(
      $1::text[], $2::bytea[], $3::bigint[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::double precision[]
    ) as a (id, secret_hash, generation, fork, proof, client_id, network, now)
  ),
  locked as materialized (
    select ${columnsOf('s')}, a.now, a.network as from_network, a.generation as presented, u.subject_epoch, (
      ${isAlive('s', 'u.subject_epoch', 'a.now')}
      and s.secret_hash = a.secret_hash and s.fork = a.fork
      and s.generation < ${String(maxGeneration)}
      and (s.binding is null or s.binding = a.proof)
      and (a.client_id is null or s.client_id = a.client_id)
      and (s.rotated_at is null or s.window_seconds = 0 or a.now - s.rotated_at >= s.window_seconds)
      and s.on_reuse in ('subject', 'session') and s.on_wrong_key in ('report', 'session', 'subject')
    ) as may_rotate
    from attempt a
    cross join lateral (select * from ${schema}.sessions where id = a.id for no key update) s
    cross join lateral (select ${hashOf('s.subject')} as subject_hash offset 0) h
    cross join lateral (
      select coalesce((select epoch from ${schema}.subjects where subject_hash = h.subject_hash), 0) as subject_epoch offset 0
    ) u
  ),
  changed as (
    update ${schema}.sessions s
    set generation = s.generation + 1, fork = 0, previous_fork = s.fork, rotated_at = l.now, seen = false, network = l.from_network
    from locked l where s.id = l.id and l.may_rotate and l.generation = l.presented
    returning s.id
  )
  select ${readsOf('l')}, l.subject_epoch, c.id is not null as rotated
  from locked l left join changed c on c.id = l.id`;
}

/**
 * The first parts of a step on one session, $1, that must see the newest epoch too: the subject's row is locked, then the session's, so that of
 * two such steps the later one sees what the earlier one did. Every step that takes both takes them in this order.
 */
export function foundText(schema: string, settings: string): string {
  return `${settings},
  found as materialized (
    select ${columnsOf('s')}, u.subject_hash, u.subject_epoch, (s.revoked_at is null and s.epoch >= u.subject_epoch) as is_alive
    from settings
    cross join lateral (
      select ${hashOf('subject')} as hash from ${schema}.sessions where id = $1 and settings.lock_wait is not null offset 0
    ) t
    cross join lateral (
      select subject_hash, epoch as subject_epoch from ${schema}.subjects
      where subject_hash = t.hash for no key update
    ) u
    cross join lateral (
      select * from ${schema}.sessions where id = $1 and u.subject_epoch is not null for no key update
    ) s
  )`;
}

function stepsOnOne(
  schema: string,
  settings: string,
): Pick<PostgresSessionStatements, 'advance' | 'bind' | 'endSubjectOf' | 'reauthenticate'> {
  const found = foundText(schema, settings);
  const isAsRead = `f.is_alive and f.generation = $2::bigint and f.fork = $3::integer
    and f.previous_fork is not distinct from $4::integer
    and f.rotated_at is not distinct from $5::double precision and f.seen = $6::boolean
    and f.network is not distinct from $7::text`;
  const setRotation = `set ${rotationColumns.map((column, index) => `${column} = $${String(8 + index)}`).join(', ')}`;
  const answer = `select ${readsOf('f')}, f.subject_epoch, exists (select from changed) as applied from found f`;
  const step = (change: string): Statement =>
    createStatement(`with ${found}, changed as (${change} returning 1) ${answer}`);
  return {
    advance: step(
      `update ${schema}.sessions s ${setRotation} from found f where s.id = f.id and ${isAsRead}`,
    ),
    bind: step(`update ${schema}.sessions s ${setRotation}, binding = $14
      from found f where s.id = f.id and ${isAsRead} and (f.binding is null or f.binding = $14::text)`),
    endSubjectOf: step(`update ${schema}.subjects u set epoch = u.epoch + 1, changed_at = $8
      from found f where u.subject_hash = f.subject_hash and ${isAsRead}`),
    reauthenticate: step(`update ${schema}.sessions s
      set generation = s.generation + 1, floor = s.generation + 1, fork = 0, previous_fork = s.fork, rotated_at = $8,
        seen = false, network = $9, auth_time = $10, acr = $11, amr = $12
      from found f where s.id = f.id and ${isAsRead} and f.generation < ${String(maxGeneration)}
        and ${isInTime('f', '$8::double precision')}`),
  };
}

/** Those that have ended, and behind them those that the epoch has left behind and nobody has put away. */
function logoutsOwedText(schema: string): string {
  return `select ${readsOf('s')}, coalesce((
    select epoch from ${schema}.subjects where subject_hash = $1
  ), 0) as subject_epoch from (
    (select * from ${schema}.sessions where ended_of = substring($1::bytea from 1 for 12) and owed_until > $4
    order by owed_until desc limit ${String(maxOwed)})
    union all
    (select s.* from ${schema}.sessions s join ${schema}.subjects u on u.subject_hash = $1 and s.epoch < u.epoch
    where ${placeOf('s.id')} = $2 and s.kept_until is null and s.subject = $3 and s.logout_owed
      and $4 < u.changed_at + ${String(owedSeconds)} and ${isInTime('s', 'u.changed_at')})
  ) s limit ${String(maxOwed)}`;
}

function clearLogoutOwedText(schema: string, settings: string): string {
  return `with ${settings},
  told as materialized (
    select s.id, s.revoked_at, s.epoch, u.subject_epoch from settings
    cross join lateral (select * from ${schema}.sessions where id = $1 and settings.lock_wait is not null) s
    cross join lateral (select ${hashOf('s.subject')} as subject_hash offset 0) h
    cross join lateral (
      select coalesce((select epoch from ${schema}.subjects where subject_hash = h.subject_hash), 0) as subject_epoch offset 0
    ) u
  )
  update ${schema}.sessions s set logout_owed = false, owed_until = null
  from told t where s.id = t.id and s.logout_owed and (s.revoked_at is not null or s.epoch < t.subject_epoch)
  returning s.id`;
}

/** The steps that are functions, see `session-functions.ts`. */
function calls(
  schema: string,
  deadlineSeconds: number,
): Pick<PostgresSessionStatements, 'create' | 'endSession' | 'endOthers' | 'endClient'> {
  const lockWait = `'${String(Math.ceil(deadlineSeconds * 1000))}'`;
  const call = (answer: string, name: string, valueCount: number): Statement => {
    const values = Array.from({ length: valueCount }, (_, index) => `$${String(index + 1)}`);
    return createStatement(`select ${answer} from ${schema}.${name}(${[...values, lockWait].join(', ')}) f`);
  };
  const record = `${readsOf('(f.found_row)')}, f.found_epoch as subject_epoch`;
  const endedIds = "array_to_string(f.ended_ids, ' ') as ended_ids";
  return {
    create: call(`f.outcome, ${record}, ${endedIds}`, 'create_session', 12),
    endSession: call(`f.applied, ${record}, ${endedIds}`, 'end_session', 9),
    endOthers: call("array_to_string(f, ' ') as ended_ids", 'end_others', 3),
    endClient: call(`f.raised, ${endedIds}`, 'end_client', 6),
  };
}
