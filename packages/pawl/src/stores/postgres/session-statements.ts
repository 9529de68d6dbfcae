import { maxGeneration } from '../../rotation/session.js';
import { rotationColumns } from '../rotation-columns.js';
import { columns } from './session-row.js';
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
export interface SessionStatements {
  readonly find: Statement;
  readonly ofSubject: Statement;
  readonly rotate: Statement;
  readonly advance: Statement;
  readonly bind: Statement;
  readonly endRead: Statement;
  readonly endSubjectOf: Statement;
  readonly revokeSession: Statement;
  readonly epoch: Statement;
  readonly incrementEpoch: Statement;
  readonly noteLogin: Statement;
  readonly lockSubject: Statement;
  readonly add: Statement;
  readonly endOthers: Statement;
}

/** What the statements of one store are made for. */
export interface StatementSettings {
  readonly schema: string;
  readonly deadlineSeconds: number;
  readonly rotations: Durability;
}

export function createSessionStatements(settings: StatementSettings): SessionStatements {
  const schema = quoteName(settings.schema);
  const select = `select ${columnsOf('s')}, coalesce((
    select epoch from ${schema}.subjects where subject_hash = h.subject_hash
  ), 0) as subject_epoch from ${schema}.sessions s
  cross join lateral (select ${hashOf('s.subject')} as subject_hash offset 0) h`;
  return {
    find: createStatement(`${select} where s.id = $1`),
    ofSubject: createStatement(`${select} where s.id >= $1 and s.id < $2 and s.subject = $3`),
    rotate: createStatement(rotateText(schema, settings)),
    ...stepsOnOne(schema, settingsText('synced', settings.deadlineSeconds)),
    epoch: createStatement(`select epoch from ${schema}.subjects where subject_hash = $1`),
    incrementEpoch: createStatement(`with ${settingsText('synced', settings.deadlineSeconds)}
      insert into ${schema}.subjects as u (subject_hash, place, subject, epoch, changed_at, logins)
      select $1::bytea, $2::text, $3::text, 1, $4::double precision, 0 from settings
      on conflict (subject_hash) do update set epoch = u.epoch + 1, changed_at = excluded.changed_at
      returning epoch`),
    // The count tells a sweep that looked at the subject before that it looked too early.
    noteLogin: createStatement(`
      insert into ${schema}.subjects as u (subject_hash, place, subject, epoch, changed_at, logins)
      values ($1, $2, $3, 0, $4, 1)
      on conflict (subject_hash) do update set logins = u.logins + 1
      returning epoch`),
    lockSubject: createStatement(
      `select epoch from ${schema}.subjects where subject_hash = $1 for no key update`,
    ),
    add: createStatement(addText(schema)),
    endOthers: createStatement(endOthersText(schema)),
  };
}

function columnsOf(table: string): string {
  return columns.map((column) => `${table}.${column}`).join(', ');
}

/** As the column `subject_hash` of `subjects` is made. */
export function hashOf(subject: string): string {
  return `sha256(convert_to(${subject}, 'UTF8'))`;
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
      s.revoked_at is null and s.epoch >= u.subject_epoch
      and a.now < s.expires_at and a.now < coalesce(s.rotated_at, s.created_at) + s.idle_seconds
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
  select ${columnsOf('l')}, l.subject_epoch, c.id is not null as rotated
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
): Pick<SessionStatements, 'advance' | 'bind' | 'endRead' | 'endSubjectOf' | 'revokeSession'> {
  const found = foundText(schema, settings);
  const isAsRead = `f.is_alive and f.generation = $2::bigint and f.fork = $3::integer
    and f.previous_fork is not distinct from $4::integer
    and f.rotated_at is not distinct from $5::double precision and f.seen = $6::boolean
    and f.network is not distinct from $7::text`;
  const setRotation = `set ${rotationColumns.map((column, index) => `${column} = $${String(8 + index)}`).join(', ')}`;
  const answer = `select ${columnsOf('f')}, f.subject_epoch, exists (select from changed) as applied from found f`;
  const step = (change: string): Statement =>
    createStatement(`with ${found}, changed as (${change} returning 1) ${answer}`);
  return {
    advance: step(
      `update ${schema}.sessions s ${setRotation} from found f where s.id = f.id and ${isAsRead}`,
    ),
    bind: step(`update ${schema}.sessions s ${setRotation}, binding = $14
      from found f where s.id = f.id and ${isAsRead} and (f.binding is null or f.binding = $14::text)`),
    endRead: step(`update ${schema}.sessions s set revoked_at = $8
      from found f where s.id = f.id and ${isAsRead}`),
    endSubjectOf: step(`update ${schema}.subjects u set epoch = u.epoch + 1, changed_at = $8
      from found f where u.subject_hash = f.subject_hash and ${isAsRead}`),
    revokeSession: step(`update ${schema}.sessions s set revoked_at = $3
      from found f where s.id = f.id and f.is_alive and ($2::bytea is null or f.secret_hash = $2)`),
  };
}

/** Ends the oldest of the others when there are too many, and adds the session, unless its id is known. For who holds the subject's lock. */
function addText(schema: string): string {
  const places = columns.map((_, index) => `$${String(index + 1)}`);
  const [from, to, keep, now] = [1, 2, 3, 4].map((index) => `$${String(columns.length + index)}`);
  const isAlive = `revoked_at is null and epoch >= ${place(places, 'epoch')} and expires_at > ${now}
    and coalesce(rotated_at, created_at) + idle_seconds > ${now}`;
  return `with known as materialized (select from ${schema}.sessions where id = $1),
  surplus as materialized (
    select id from (
      select id, row_number() over (order by created_at desc, id desc) as rank from ${schema}.sessions
      where id >= ${from} and id < ${to} and subject = ${place(places, 'subject')} and ${isAlive}
    ) others where rank > ${keep} and not exists (select from known)
  ),
  locked as materialized (
    select id from ${schema}.sessions where id in (select id from surplus) order by id for no key update
  ),
  ended as (
    update ${schema}.sessions set revoked_at = ${now} where id in (select id from locked)
    returning id, created_at
  ),
  added as (
    insert into ${schema}.sessions (${columns.join(', ')})
    select ${places.join(', ')} where not exists (select from known)
    on conflict (id) do nothing returning id
  )
  select exists (select from added) as added,
    (select string_agg(id, ' ' order by created_at, id) from ended) as ended_ids`;
}

function place(places: readonly string[], column: string): string {
  return places[columns.indexOf(column)] ?? '';
}

function endOthersText(schema: string): string {
  return `with locked as materialized (
    select id from ${schema}.sessions
    where id >= $1 and id < $2 and subject = $3 and id <> $4 and revoked_at is null and epoch >= $5
    order by id for no key update
  )
  update ${schema}.sessions set revoked_at = $6 where id in (select id from locked) returning id`;
}
