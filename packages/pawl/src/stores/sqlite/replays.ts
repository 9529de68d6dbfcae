import type { EpochSeconds } from '../../base/clock.js';
import type { ReplayStore } from '../replay-store.js';
import type { SqliteConnection } from './connection.js';

export interface SqliteReplays {
  readonly port: ReplayStore;
  sweep(now: EpochSeconds, limit: number): Promise<void>;
}

export function createReplays(connection: SqliteConnection): SqliteReplays {
  const remember = connection.prepare(`insert into replays (key, expires_at) values (?, ?)
    on conflict (key) do update set expires_at = excluded.expires_at where expires_at <= ? returning 1`);
  const remove = connection.prepare(
    'delete from replays where key in (select key from replays where expires_at <= ? limit ?)',
  );
  return {
    port: {
      remember: (key, expiresAt, now) =>
        connection.write(() => remember.get(key, expiresAt, now) !== undefined),
    },
    sweep: async (now, limit) => {
      await connection.write(() => remove.run(now, limit));
    },
  };
}
