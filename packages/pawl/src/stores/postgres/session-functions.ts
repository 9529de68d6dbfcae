import { endedChildSeconds, expirySlackSeconds, maxEnded, maxOwed, owedSeconds } from '../session-family.js';
import { createSession } from './create-function.js';
import {
  hashOf,
  isAlive,
  isInTime,
  lastUseOf,
  liveOf,
  placeOf,
  setForStep,
  tagOf,
} from './session-expressions.js';

// Steps that must see what others did while they waited for the subject's lock. A statement sees what was committed before it began, so one that
// takes the lock and ends children leaves a child alive that was created meanwhile; in a volatile function each statement sees anew.
//
// Locks are taken in this order: the subject's row; the rows that the step must write, by their ids; then, without waiting, those that it only
// tidies up. So no step waits for another in a circle, nor for a batch of rotations. What a session was last used for is read before
// its row is locked: a rotation of that moment counts as made before the end, and changes nothing of it.
//
// Every name of ours has its schema: a search_path of the caller's changes nothing. They run with the caller's rights.

/** Names of the functions that the role of a store runs. */
export const sessionFunctionNames: readonly string[] = [
  'create_session',
  'end_session',
  'end_others',
  'end_client',
  'lock_family',
  'end_locked',
  'put_away',
  'prune_ended',
];

/** Each one a statement of the migration. */
export function sessionFunctions(schema: string): readonly string[] {
  return [
    pruneEnded(schema),
    endLocked(schema),
    lockFamily(schema),
    putAway(schema),
    createSession(schema),
    endSession(schema),
    endOthers(schema),
    endClient(schema),
  ];
}

/** What puts a row `s` among the ended: as `keptAfter` of `session-steps.ts`. */
function endedColumns(owner: string, endedAt: string): string {
  return `ended_of = ${tagOf(owner)},
      kept_until = ${endedAt} + case when s.parent_id is null then 0 else ${String(endedChildSeconds)} end,
      owed_until = case when s.logout_owed and ${isInTime('s', endedAt)} then ${endedAt} + ${String(owedSeconds)} end`;
}

/** Gives up what there is too much of: the logouts that are owed, then the records. What others hold is left to a later step. */
function pruneEnded(schema: string): string {
  return `create function ${schema}.prune_ended(p_owner ${schema}.subjects, p_now double precision) returns void language plpgsql as $$
declare
  v_tag bytea := ${tagOf('p_owner')};
  v_id text;
begin
  for v_id in
    select id from ${schema}.sessions where ended_of = v_tag and owed_until <= p_now
    union all
    (select id from ${schema}.sessions where ended_of = v_tag and owed_until > p_now
    order by owed_until desc, kept_until desc, id desc offset ${String(maxOwed)})
  loop
    perform from ${schema}.sessions where id = v_id for no key update skip locked;
    if found then update ${schema}.sessions set owed_until = null where id = v_id; end if;
  end loop;
  for v_id in
    select id from ${schema}.sessions where ended_of = v_tag and owed_until is null and kept_until <= p_now
    order by kept_until desc, id desc offset ${String(maxEnded)}
  loop
    perform from ${schema}.sessions where id = v_id for update skip locked;
    if found then delete from ${schema}.sessions where id = v_id; end if;
  end loop;
end $$`;
}

/** Locks sessions, the children that end with them, and one session that only has to be held, by their ids. Gives all but the last. */
function lockFamily(schema: string): string {
  return `create function ${schema}.lock_family(
  p_owner ${schema}.subjects, p_ids text[], p_held_id text, p_now double precision
) returns text[] language plpgsql as $$
declare
  v_ids text[] := p_ids || array(
    select s.id from ${liveOf(schema, 'p_owner')} and s.parent_id = any(p_ids) and s.id <> all(p_ids) and not s.offline
      and ${isAlive('s', 'p_owner.epoch', 'p_now')}
  );
  v_id text;
begin
  for v_id in select i.id from unnest(v_ids || p_held_id) i (id) order by i.id collate "C" loop
    perform from ${schema}.sessions where id = v_id for no key update;
  end loop;
  return v_ids;
end $$`;
}

/** Ends sessions that the step has locked. Gives the ids of those that it found. */
function endLocked(schema: string): string {
  return `create function ${schema}.end_locked(p_owner ${schema}.subjects, p_ids text[], p_now double precision)
returns text[] language plpgsql as $$
declare
  v_id text;
  v_ended text[] := '{}';
begin
  foreach v_id in array p_ids loop
    update ${schema}.sessions s set revoked_at = p_now, ${endedColumns('p_owner', 'p_now')} where s.id = v_id;
    if found then v_ended := v_ended || v_id; end if;
  end loop;
  perform ${schema}.prune_ended(p_owner, p_now);
  return v_ended;
end $$`;
}

/** Puts the sessions that expired, or that the epoch has left behind, among those that ended. */
function putAway(schema: string): string {
  const slackBefore = `(p_now - ${String(expirySlackSeconds)})`;
  const endedAt = `least(s.expires_at, ${lastUseOf('s')} + s.idle_seconds, case when s.epoch < p_owner.epoch then p_owner.changed_at end)`;
  return `create function ${schema}.put_away(p_owner ${schema}.subjects, p_now double precision) returns void language plpgsql as $$
begin
  update ${schema}.sessions s set ${endedColumns('p_owner', endedAt)}
  where s.id in (
    select s.id from ${liveOf(schema, 'p_owner')} and not ${isAlive('s', 'p_owner.epoch', slackBefore)}
      and not exists (
        select from ${schema}.sessions c where ${placeOf('c.id')} = p_owner.place and c.kept_until is null
          and c.subject = p_owner.subject and c.parent_id = s.id and not c.offline
          and ${isAlive('c', 'p_owner.epoch', 'p_now')}
      )
    for no key update of s skip locked
  );
  if found then perform ${schema}.prune_ended(p_owner, p_now); end if;
end $$`;
}

/** Ends one session, when it is alive and, where these are not null, has this secret hash and stands where it was read. */
function endSession(schema: string): string {
  return `create function ${schema}.end_session(
  p_id text, p_secret_hash bytea, p_generation bigint, p_fork integer, p_previous_fork integer,
  p_rotated_at double precision, p_seen boolean, p_network text, p_now double precision, p_lock_wait text,
  out applied boolean, out found_row ${schema}.sessions, out found_epoch integer, out ended_ids text[]
) language plpgsql as $$
declare
  v_subject text;
  v_owner ${schema}.subjects;
  v_ids text[];
begin
  ${setForStep}
  applied := false;
  ended_ids := '{}';
  select subject into v_subject from ${schema}.sessions where id = p_id;
  if not found then return; end if;
  select * into v_owner from ${schema}.subjects where subject_hash = ${hashOf('v_subject')} for no key update;
  if not found then return; end if;
  v_ids := ${schema}.lock_family(v_owner, array[p_id], null, p_now);
  select * into found_row from ${schema}.sessions where id = p_id;
  found_epoch := v_owner.epoch;
  if found and found_row.revoked_at is null and found_row.epoch >= v_owner.epoch
    and (p_secret_hash is null or found_row.secret_hash = p_secret_hash)
    and (p_generation is null or (
      found_row.generation = p_generation and found_row.fork = p_fork
      and found_row.previous_fork is not distinct from p_previous_fork
      and found_row.rotated_at is not distinct from p_rotated_at
      and found_row.seen = p_seen and found_row.network is not distinct from p_network
    ))
  then
    ended_ids := array_remove(${schema}.end_locked(v_owner, v_ids, p_now), p_id);
    applied := true;
  end if;
end $$`;
}

function endOthers(schema: string): string {
  return `create function ${schema}.end_others(
  p_subject_hash bytea, p_kept_id text, p_now double precision, p_lock_wait text
) returns text[] language plpgsql as $$
declare
  v_owner ${schema}.subjects;
  v_parent_id text;
  v_ids text[];
begin
  ${setForStep}
  select * into v_owner from ${schema}.subjects where subject_hash = p_subject_hash for no key update;
  -- A subject without a row never had a session.
  if not found then return '{}'; end if;
  select parent_id into v_parent_id from ${schema}.sessions where id = p_kept_id;
  v_ids := array(
    select s.id from ${liveOf(schema, 'v_owner')} and not s.offline and s.id <> p_kept_id
      and s.id is distinct from v_parent_id and s.parent_id is distinct from p_kept_id
      and ${isAlive('s', 'v_owner.epoch', 'p_now')}
  );
  if cardinality(v_ids) = 0 then return '{}'; end if;
  return ${schema}.end_locked(v_owner, ${schema}.lock_family(v_owner, v_ids, null, p_now), p_now);
end $$`;
}

function endClient(schema: string): string {
  return `create function ${schema}.end_client(
  p_subject_hash bytea, p_place text, p_subject text, p_counter_key bytea, p_client_id text,
  p_now double precision, p_lock_wait text, out raised bigint, out ended_ids text[]
) language plpgsql as $$
declare
  v_owner ${schema}.subjects;
  v_ids text[];
begin
  ${setForStep}
  ended_ids := '{}';
  insert into ${schema}.subjects as u (subject_hash, place, subject, epoch, changed_at, logins)
  values (p_subject_hash, p_place, p_subject, 0, p_now, 0)
  on conflict (subject_hash) do update set logins = u.logins returning * into v_owner;
  insert into ${schema}.client_counters as c (key, counter, changed_at)
  values (p_counter_key, greatest(1, floor(p_now)), p_now)
  on conflict (key) do update set counter = greatest(c.counter + 1, floor(p_now)), changed_at = p_now
  returning counter into raised;
  v_ids := array(
    select s.id from ${liveOf(schema, 'v_owner')} and s.client_id = p_client_id
      and ${isAlive('s', 'v_owner.epoch', 'p_now')}
  );
  if cardinality(v_ids) > 0 then
    ended_ids := ${schema}.end_locked(v_owner, ${schema}.lock_family(v_owner, v_ids, null, p_now), p_now);
  end if;
end $$`;
}
