/**
 * The log of security events.
 *
 * In a database: a table with the place as its primary key and indexes by subject and by session. Appends have to become visible in the order of
 * their places (a lock around them, or one writer), or a reader with a cursor skips one.
 */
import { type EventLog, eventRetentionSeconds, type LoggedEntry } from 'pawl/stores';
import type { Step } from './step.js';

export interface Events {
  readonly port: EventLog;
  /** Deletes up to `limit` entries that are too old. Gives how many. */
  sweep(now: number, limit: number): number;
}

export function createEvents(step: Step): Events {
  let entries: LoggedEntry[] = [];
  let place = 0;

  const port: EventLog = {
    append: step((added) => {
      for (const entry of added) {
        place += 1;
        entries.push({ ...entry, cursor: String(place) });
      }
    }),

    read: step(({ after, limit, subject, sessionId, since }) =>
      entries
        .filter(({ cursor }) => after === null || Number(cursor) > Number(after))
        .filter((entry) => subject === undefined || entry.subject === subject)
        .filter((entry) => sessionId === undefined || entry.sessionId === sessionId)
        .filter(({ at }) => since === undefined || at >= since)
        .slice(0, limit),
    ),

    tail: step((limit) => entries.slice(Math.max(0, entries.length - limit))),
  };

  function sweep(now: number, limit: number): number {
    const old = entries.filter(({ at }) => at <= now - eventRetentionSeconds);
    const swept = new Set(old.slice(0, limit));
    entries = entries.filter((entry) => !swept.has(entry));
    return swept.size;
  }

  return { port, sweep };
}
