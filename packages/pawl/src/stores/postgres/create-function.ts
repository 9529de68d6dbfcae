import { endedChildSeconds, maxEnded, owedSeconds } from '../session-family.js';
import { hashOf, isAlive, isClient, lastUseOf, liveOf, setForStep, tagOf } from './session-expressions.js';

/** The ids of those that are too many by the new one: as `surplusOf` of the stores. */
function surplusText(schema: string): string {
  return `with rivals as materialized (
      select s.id, s.client_id, s.third_party, ${lastUseOf('s')} as last_use from ${liveOf(schema, 'v_owner')}
        and ${isClient('s')} = v_is_client and ${isAlive('s', 'v_owner.epoch', 'p_now')}
    ),
    of_client as materialized (
      select id, place from (
        select id, row_number() over (order by last_use, id) as place, count(*) over () as total from rivals
        where not v_is_client or client_id = v_new.client_id
      ) r where place <= total + 1 - case when v_is_client then p_per_client else p_sessions end
    ),
    of_all as (
      select id, place from (
        select id, row_number() over (order by third_party desc, last_use, id) as place, count(*) over () as total
        from rivals where v_is_client and id not in (select id from of_client)
      ) r where place <= total + 1 - p_client_sessions
    )
    select id from (select 1 as part, * from of_client union all select 2, * from of_all) o order by part, place`;
}

/** How many children of the subject ended so short a time ago that their codes may come again; no more than matter. */
function recentlyEndedText(schema: string): string {
  // A child is owed for so much longer than it is kept. A second more, because sums of instants are rounded.
  const longer = String(owedSeconds - endedChildSeconds - 1);
  return `select count(*) from (
      (select from ${schema}.sessions where ended_of = ${tagOf('v_owner')} and owed_until is null and kept_until > p_now
      limit ${String(maxEnded)})
      union all
      (select from ${schema}.sessions where ended_of = ${tagOf('v_owner')} and owed_until > p_now + ${longer} and kept_until > p_now
      limit ${String(maxEnded)})
    ) recent`;
}

/** The function behind `create` of the port: asks in its order, and only in the end changes something. */
export function createSession(schema: string): string {
  return `create function ${schema}.create_session(
  p_new jsonb, p_subject_hash bytea, p_place text, p_sessions bigint, p_per_client bigint, p_client_sessions bigint,
  p_witness text, p_generation bigint, p_fork integer, p_counter_key bytea, p_counter double precision,
  p_now double precision, p_lock_wait text,
  out outcome text, out found_row ${schema}.sessions, out found_epoch integer, out ended_ids text[]
) language plpgsql as $$
declare
  v_new ${schema}.sessions := jsonb_populate_record(null::${schema}.sessions, p_new);
  v_owner ${schema}.subjects;
  v_parent ${schema}.sessions;
  v_is_client boolean := ${isClient('v_new')};
  v_used_id text := case when p_generation is not null then v_new.parent_id end;
  v_ids text[];
begin
  ${setForStep}
  ended_ids := '{}';
  -- The count tells a sweep that looked at the subject before that it looked too early.
  insert into ${schema}.subjects as u (subject_hash, place, subject, epoch, changed_at, logins)
  values (p_subject_hash, p_place, v_new.subject, 0, p_now, 1)
  on conflict (subject_hash) do update set logins = u.logins + 1 returning * into v_owner;

  select * into found_row from ${schema}.sessions where id = v_new.id;
  if found then
    outcome := case when found_row.secret_hash = v_new.secret_hash then 'repeated' else 'used' end;
    found_epoch := coalesce(
      (select epoch from ${schema}.subjects where subject_hash = ${hashOf('found_row.subject')}), 0
    );
    return;
  end if;

  if v_new.parent_id is not null then
    select * into v_parent from ${schema}.sessions where id = v_new.parent_id;
    if not found or v_parent.subject <> v_owner.subject or ${isClient('v_parent')}
      or not ${isAlive('v_parent', 'v_owner.epoch', 'p_now')}
      or p_witness is distinct from encode(sha256(v_parent.secret_hash || convert_to(v_new.id, 'UTF8')), 'hex')
    then
      outcome := 'parent-ended';
      return;
    end if;
    if not v_new.offline then
      v_new.expires_at := least(v_new.expires_at, v_parent.expires_at);
    end if;
  end if;

  if p_counter is not null and p_counter < (
    select counter from ${schema}.client_counters where key = p_counter_key
  ) then
    outcome := 'grant-ended';
    return;
  end if;

  if v_new.parent_id is not null and (${recentlyEndedText(schema)}) >= ${String(maxEnded)} then
    outcome := 'crowded';
    return;
  end if;

  v_ids := array(${surplusText(schema)});
  if cardinality(v_ids) > 0 or v_used_id is not null then
    v_ids := ${schema}.lock_family(v_owner, v_ids, v_used_id, p_now);
  end if;
  if cardinality(v_ids) > 0 then
    ended_ids := ${schema}.end_locked(v_owner, v_ids, p_now);
  end if;
  perform ${schema}.put_away(v_owner, p_now);
  update ${schema}.sessions set seen = true, used_at = p_now
  where id = v_used_id and generation = p_generation and fork = p_fork;

  v_new.epoch := v_owner.epoch;
  insert into ${schema}.sessions select v_new.* returning * into found_row;
  outcome := 'created';
  found_epoch := v_owner.epoch;
end $$`;
}
