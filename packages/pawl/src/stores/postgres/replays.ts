import type { EpochSeconds } from '../../base/clock.js';
import type { ReplayStore } from '../replay-store.js';
import type { PostgresConnection } from './connection.js';
import { settingsText } from './session-statements.js';
import { createStatement, quoteName } from './statement.js';

export interface PostgresReplays {
  readonly port: ReplayStore;
  sweep(now: EpochSeconds, limit: number): Promise<void>;
}

export function createReplays(
  connection: PostgresConnection,
  schemaName: string,
  deadlineSeconds: number,
): PostgresReplays {
  const schema = quoteName(schemaName);
  const settings = settingsText('deferred', deadlineSeconds);
  const remember = createStatement(`with ${settings}
    insert into ${schema}.replays as r (key, expires_at) select $1::text, $2::double precision from settings
    on conflict (key) do update set expires_at = excluded.expires_at where r.expires_at <= $3
    returning 1 as remembered`);
  // What somebody else is about to note anew is left to them.
  const remove = createStatement(`with ${settings}, expired as materialized (
      select e.key from settings cross join lateral (
        select key from ${schema}.replays where expires_at <= $1 limit $2 for update skip locked
      ) e
    )
    delete from ${schema}.replays where key in (select key from expired)`);
  return {
    port: {
      remember: (key, expiresAt, now) =>
        connection.accept(async () => (await connection.run(remember, [key, expiresAt, now])).length > 0),
    },
    sweep: (now, limit) =>
      connection.accept(async () => {
        await connection.run(remove, [now, limit]);
      }),
  };
}
