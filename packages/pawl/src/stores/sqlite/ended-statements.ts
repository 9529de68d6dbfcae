import { fromBase64url } from '../../base/bytes.js';
import type { EpochSeconds } from '../../base/clock.js';
import type { Session } from '../../rotation/session.js';
import { maxEnded, maxOwed } from '../session-family.js';
import { toText } from '../text.js';
import type { Connection } from './connection.js';
import type { SqliteStatement } from './driver.js';

/** Until when the record of a session that ended must be kept, and until when its client can be told. */
export interface Kept {
  readonly until: EpochSeconds;
  readonly owedUntil: EpochSeconds | null;
}

// What is over: after its hour, or because others ended later.
const forgetOwed = `update sessions set owed_until = null
where subject = ?1 and owed_until is not null and (owed_until <= ?2 or id in (
  select id from sessions where subject = ?1 and owed_until is not null
  order by owed_until desc limit -1 offset ${String(maxOwed)}
))`;

const deleteSpare = `delete from sessions where id in (
  select id from sessions where subject = ? and kept_until <= ? and owed_until is null
  order by kept_until desc, id desc limit -1 offset ${String(maxEnded)}
)`;

/** The statements on sessions that have ended, prepared once. They run inside a step of the connection. */
export class EndedStatements {
  readonly #end: SqliteStatement;
  readonly #putAway: SqliteStatement;
  readonly #forgetOwed: SqliteStatement;
  readonly #deleteSpare: SqliteStatement;
  readonly #countChildren: SqliteStatement;
  readonly #owed: SqliteStatement;
  readonly #clearOwed: SqliteStatement;

  constructor(connection: Connection) {
    this.#end = connection.prepare('update sessions set revoked_at = ? where id = ?');
    this.#putAway = connection.prepare('update sessions set kept_until = ?, owed_until = ? where id = ?');
    this.#forgetOwed = connection.prepare(forgetOwed);
    this.#deleteSpare = connection.prepare(deleteSpare);
    this.#countChildren = connection.prepare(
      `select count(*) as children from (
        select 1 from sessions where subject = ? and kept_until > ? limit ${String(maxEnded)}
      )`,
    );
    this.#owed = connection.prepare('select id from sessions where subject = ? and owed_until > ?');
    this.#clearOwed = connection.prepare(
      'update sessions set logout_owed = 0, owed_until = null where id = ?',
    );
  }

  end(id: string, now: EpochSeconds): void {
    this.#end.run(now, fromBase64url(id));
  }

  putAway(id: string, { until, owedUntil }: Kept): void {
    this.#putAway.run(until, owedUntil, fromBase64url(id));
  }

  /** Gives up what there is too much of: the logouts that are owed, then the records. */
  prune(subject: string, now: EpochSeconds): void {
    this.#forgetOwed.run(toText(subject), now);
    this.#deleteSpare.run(toText(subject), now);
  }

  /** How many of the subject's children ended so short a time ago that their codes may come again; at most {@link maxEnded}. */
  countChildren(subject: string, now: EpochSeconds): number {
    return (this.#countChildren.get(toText(subject), now) as { readonly children: number }).children;
  }

  owedIds(subject: string, now: EpochSeconds): string[] {
    const rows = this.#owed.all(toText(subject), now) as { readonly id: Uint8Array }[];
    return rows.map(({ id }) => Buffer.from(id).toString('base64url'));
  }

  clearOwed({ id }: Pick<Session, 'id'>): void {
    this.#clearOwed.run(fromBase64url(id));
  }
}
