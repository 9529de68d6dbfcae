import type { DataOutcome, DataStore } from '../data-store.js';
import { fromNullableText, toText } from '../text.js';
import type { PostgresConnection } from './connection.js';
import { hashOf, isInTime } from './session-expressions.js';
import { isTrue } from './session-row.js';
import { type Durability, foundText, settingsText } from './session-statements.js';
import { createStatement, quoteName } from './statement.js';

export function createData(
  connection: PostgresConnection,
  schemaName: string,
  settings: { readonly deadlineSeconds: number; readonly durability: Durability },
): DataStore {
  const schema = quoteName(schemaName);
  const find = createStatement(`select coalesce(d.version, 0) as version, d.value
    from ${schema}.sessions s left join ${schema}.session_data d on d.id = s.id
    where s.id = $1 and s.revoked_at is null and ${isInTime('s', '$2::double precision')}
      and not exists (
        select from ${schema}.subjects u where u.subject_hash = ${hashOf('s.subject')} and u.epoch > s.epoch
      )`);
  // Who writes holds the session's lock, so that an end comes before or after. The versions are compared by the write itself, on the row as it
  // is by then.
  const write =
    createStatement(`with ${foundText(schema, settingsText(settings.durability, settings.deadlineSeconds))},
    live as materialized (
      select f.id from found f where f.is_alive and ${isInTime('f', '$4::double precision')}
    ),
    added as (
      insert into ${schema}.session_data (id, version, value)
      select id, 1, $3::text from live where $2::integer = 0
      on conflict (id) do nothing returning 1
    ),
    changed as (
      update ${schema}.session_data d set version = d.version + 1, value = $3 from live
      where d.id = live.id and d.version = $2 returning 1
    )
    select exists (select from live) as alive,
      exists (select from added) or exists (select from changed) as written`);

  return {
    read: (sessionId, now) =>
      connection.accept(async () => {
        const [row] = await connection.run(find, [toText(sessionId), now]);
        if (row === undefined) return null;
        return { version: Number(row['version']), value: fromNullableText(row['value'] as string | null) };
      }),

    write: (sessionId, expectedVersion, value, now) =>
      connection.accept(async (): Promise<DataOutcome> => {
        const values = [toText(sessionId), expectedVersion, toText(value), now];
        const [row] = await connection.run(write, values);
        if (!isTrue(row?.['alive'])) return 'ended';
        return isTrue(row?.['written']) ? 'written' : 'conflict';
      }),
  };
}
