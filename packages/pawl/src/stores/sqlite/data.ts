import { decodeBase64url } from '../../base/base64url.js';
import type { EpochSeconds } from '../../base/clock.js';
import type { DataStore, StoredData } from '../data-store.js';
import { fromNullableText, toText } from '../text.js';
import type { SqliteConnection } from './connection.js';
import { idleEndOf } from './session-row.js';

const ofLiveSession = `select coalesce(session_data.version, 0) as version, session_data.value as value
from sessions left join session_data on session_data.id = sessions.id
where sessions.id = ? and revoked_at is null and expires_at > ? and ${idleEndOf('sessions')} > ?
  and not exists (
    select 1 from subjects where subjects.subject = sessions.subject and subjects.epoch > sessions.epoch
  )`;

export function createData(connection: SqliteConnection): DataStore {
  const find = connection.prepare(ofLiveSession);
  const put = connection.prepare(
    `insert into session_data (id, version, value) values (?, ?, ?)
    on conflict do update set version = excluded.version, value = excluded.value`,
  );

  function read(id: Uint8Array, now: EpochSeconds): StoredData | null {
    const row = find.get(id, now, now) as StoredData | undefined;
    return row === undefined ? null : { version: row.version, value: fromNullableText(row.value) };
  }

  return {
    read: (sessionId, now) =>
      connection.read(() => {
        const id = decodeBase64url(sessionId);
        return id === null ? null : read(id, now);
      }),

    write: (sessionId, expectedVersion, value, now) =>
      connection.write(() => {
        const id = decodeBase64url(sessionId);
        const data = id === null ? null : read(id, now);
        if (id === null || data === null) return 'ended';
        if (data.version !== expectedVersion) return 'conflict';
        put.run(id, expectedVersion + 1, toText(value));
        return 'written';
      }),
  };
}
