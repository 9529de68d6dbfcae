import { systemRandom } from '../../base/random.js';
import type { PostgresConnection } from './connection.js';
import { settingsText } from './session-statements.js';
import { createStatement, quoteName } from './statement.js';

/** The channel that tells of new entries; its messages are names of schemas. */
export const channel = 'pawl_revocations';

/** Entries that get their places in one transaction. */
const batchRows = 10_000;

/**
 * Gives entries that are committed their places in the feed, one after another and without gaps.
 *
 * In a transaction of its own behind that of the step: a place is a number above the highest, so whoever takes one keeps all others waiting until
 * its commit, and `notify` does so too. Steps would then sync to disk one by one. This transaction syncs nothing: a crash only makes others give
 * the places again, with other marks, and readers notice.
 */
export class FeedOrder {
  readonly #place: () => Promise<void>;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  /** Called after entries got their places from here. */
  onPlaced: () => void = () => undefined;

  constructor(connection: PostgresConnection, schemaName: string, deadlineSeconds: number) {
    const schema = quoteName(schemaName);
    const lock = createStatement(`with ${settingsText('deferred', deadlineSeconds)}
      select pg_advisory_xact_lock(hashtextextended('pawl revocations ' || $1::text, 0)) from settings`);
    // The snapshot of this statement shows what those did who had the lock before.
    const place = createStatement(`with newest as (
        select position, mark from ${schema}.revocations where position is not null order by position desc limit 1
      ),
      waiting as (
        select w.id, row_number() over (order by w.id) as place from (
          select id from ${schema}.revocations where position is null order by id limit ${String(batchRows)}
        ) w
      ),
      placed as (
        update ${schema}.revocations r
        set position = coalesce(n.position, 0) + w.place, mark = $1::text || '-' || w.place,
          previous = case when w.place = 1 then coalesce(n.mark, '') else $1::text || '-' || (w.place - 1) end
        from waiting w left join newest n on true where r.id = w.id
        returning 1
      )
      select pg_notify('${channel}', $2) from (select count(*) as rows from placed) p where p.rows > 0`);
    this.#place = async () => {
      const mark = systemRandom.bytes(9).toString('base64url');
      await connection.transaction(async (query) => {
        await query(lock, [schemaName]);
        await query(place, [mark, schemaName]);
      });
    };
  }

  /** Resolves when everything that was committed before this call has its place, at most {@link batchRows} of it. */
  place(): Promise<void> {
    if (this.#running === null) return this.#start();
    // The one that runs may have begun too early for this call; all that come meanwhile share the one after it.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.#start();
      });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#running = this.#place()
      .then(() => {
        this.onPlaced();
      })
      .finally(() => {
        this.#running = null;
      });
    return this.#running;
  }
}
