import type { EpochSeconds } from '../../base/clock.js';
import { type EventLog, eventRetentionSeconds, type LoggedEntry, type LogQuery } from '../event-log.js';
import type { RunStep } from './steps.js';

export interface MemoryEvents {
  readonly port: EventLog;
  sweep(now: EpochSeconds, limit: number): number;
}

export function createEvents(run: RunStep): MemoryEvents {
  const entries: LoggedEntry[] = [];
  let appended = 0;

  const port: EventLog = {
    append: (added) =>
      run(() => {
        for (const { at, subject, sessionId, body } of added) {
          appended += 1;
          entries.push({ at, subject, sessionId, body, cursor: String(appended) });
        }
      }),

    read: (query) => run(() => entries.filter((entry) => isAskedFor(entry, query)).slice(0, query.limit)),

    tail: (limit) => run(() => entries.slice(Math.max(0, entries.length - limit))),
  };

  function sweep(now: EpochSeconds, limit: number): number {
    // The log is in the order of appending, so what is old stands at its start.
    const oldest = entries.splice(0, limit);
    const kept = oldest.filter(({ at }) => at > now - eventRetentionSeconds);
    entries.unshift(...kept);
    return oldest.length - kept.length;
  }

  return { port, sweep };
}

function isAskedFor(entry: LoggedEntry, query: LogQuery): boolean {
  return (
    (query.after === null || Number(entry.cursor) > Number(query.after)) &&
    (query.subject === undefined || entry.subject === query.subject) &&
    (query.sessionId === undefined || entry.sessionId === query.sessionId) &&
    (query.since === undefined || entry.at >= query.since)
  );
}
