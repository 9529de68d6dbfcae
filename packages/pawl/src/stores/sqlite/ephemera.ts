import type { EpochSeconds } from '../../base/clock.js';
import { checkedEphemera, type EphemeraStore } from '../ephemera.js';
import { fromText, toText } from '../text.js';
import type { SqliteConnection } from './connection.js';

interface EphemeralRow {
  readonly value: string;
  readonly expires_at: number;
}

export interface SqliteEphemera {
  readonly port: EphemeraStore;
  sweep(now: EpochSeconds, limit: number): Promise<void>;
}

export function createEphemera(connection: SqliteConnection): SqliteEphemera {
  const put = connection.prepare(`insert into ephemera (key, value, expires_at) values (?, ?, ?)
    on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at where expires_at <= ?
    returning 1`);
  const find = connection.prepare('select value, expires_at from ephemera where key = ?');
  const take = connection.prepare('delete from ephemera where key = ? returning value, expires_at');
  const swap = connection.prepare(
    'update ephemera set value = ? where key = ? and value = ? and expires_at > ? returning 1',
  );
  const remove = connection.prepare(
    'delete from ephemera where key in (select key from ephemera where expires_at <= ? limit ?)',
  );
  return {
    port: checkedEphemera({
      put: (key, value, expiresAt, now) =>
        connection.write(() => put.get(key, toText(value), expiresAt, now) !== undefined),
      read: (key, now) => connection.read(() => valueOf(find.get(key), now)),
      take: (key, now) => connection.write(() => valueOf(take.get(key), now)),
      swap: (key, expected, value, now) =>
        connection.write(() => swap.get(toText(value), key, toText(expected), now) !== undefined),
    }),
    sweep: async (now, limit) => {
      await connection.write(() => remove.run(now, limit));
    },
  };
}

function valueOf(found: unknown, now: EpochSeconds): string | null {
  const row = found as EphemeralRow | undefined;
  return row === undefined || row.expires_at <= now ? null : fromText(row.value);
}
