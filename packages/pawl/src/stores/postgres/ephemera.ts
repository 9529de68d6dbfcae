import type { EpochSeconds } from '../../base/clock.js';
import { checkedEphemera, type EphemeraStore } from '../ephemera.js';
import { fromText, toText } from '../text.js';
import type { PostgresConnection } from './connection.js';
import type { PostgresRow } from './driver.js';
import { settingsText } from './session-statements.js';
import { createStatement, quoteName } from './statement.js';

export interface PostgresEphemera {
  readonly port: EphemeraStore;
  sweep(now: EpochSeconds, limit: number): Promise<void>;
}

export function createEphemera(
  connection: PostgresConnection,
  schemaName: string,
  deadlineSeconds: number,
): PostgresEphemera {
  const { put, find, take, swap, remove } = createStatements(schemaName, deadlineSeconds);
  return {
    port: checkedEphemera({
      put: (key, value, expiresAt, now) =>
        connection.accept(
          async () => (await connection.run(put, [key, toText(value), expiresAt, now])).length > 0,
        ),

      read: (key, now) => connection.accept(async () => valueOf((await connection.run(find, [key]))[0], now)),

      take: (key, now) => connection.accept(async () => valueOf((await connection.run(take, [key]))[0], now)),

      swap: (key, expected, value, now) =>
        connection.accept(
          async () => (await connection.run(swap, [key, toText(expected), toText(value), now])).length > 0,
        ),
    }),
    sweep: (now, limit) =>
      connection.accept(async () => {
        await connection.run(remove, [now, limit]);
      }),
  };
}

function createStatements(schemaName: string, deadlineSeconds: number) {
  const schema = quoteName(schemaName);
  const settings = settingsText('deferred', deadlineSeconds);
  return {
    put: createStatement(`with ${settings}
      insert into ${schema}.ephemera as e (key, value, expires_at)
      select $1::text, $2::text, $3::double precision from settings
      on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at
      where e.expires_at <= $4
      returning 1 as written`),
    find: createStatement(`select value, expires_at from ${schema}.ephemera where key = $1`),
    take: createStatement(`with ${settings}
      delete from ${schema}.ephemera using settings where key = $1 returning value, expires_at`),
    swap: createStatement(`with ${settings}
      update ${schema}.ephemera set value = $3 from settings
      where key = $1 and value = $2 and expires_at > $4 returning 1 as written`),
    // What somebody else is about to write anew is left to them.
    remove: createStatement(`with ${settings}, expired as materialized (
        select e.key from settings cross join lateral (
          select key from ${schema}.ephemera where expires_at <= $1 limit $2 for update skip locked
        ) e
      )
      delete from ${schema}.ephemera where key in (select key from expired)`),
  };
}

function valueOf(row: PostgresRow | undefined, now: EpochSeconds): string | null {
  return row === undefined || Number(row['expires_at']) <= now ? null : fromText(String(row['value']));
}
