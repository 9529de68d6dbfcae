import type { EventLog, LogEntry } from 'pawl/stores';
import type { ServerEvent } from './server-event.js';

export interface EventRecorder {
  record(event: ServerEvent): void;
  /** Resolves when everything that was recorded so far is stored, or has failed and was reported. */
  flush(): Promise<void>;
}

/** Beyond this, new entries are dropped and reported: a store that hangs must not fill the memory. */
const maxPending = 10_000;

/**
 * Appends events to the store's log, those of one turn of the event loop in one batch. A failure is reported and the
 * batch is lost; no request fails or waits because of it.
 */
export function createEventRecorder(log: EventLog, onFailure: (error: unknown) => void): EventRecorder {
  let pending: LogEntry[] = [];
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    await new Promise(setImmediate);
    while (pending.length > 0) {
      const batch = pending;
      pending = [];
      await log.append(batch).catch(onFailure);
    }
    writing = null;
  }

  return {
    record(event) {
      if (!isKept(event)) return;
      if (pending.length >= maxPending)
        onFailure(new Error('too many events wait for the store; one was dropped'));
      else pending.push(entryOf(event));
      writing ??= write();
    },
    async flush() {
      await writing;
    },
  };
}

/** Ordinary refreshes are most of all events and say nothing to whoever looks for a theft. */
function isKept(event: ServerEvent): boolean {
  return event.type !== 'session.refreshed' || (event.outcome !== 'rotated' && event.outcome !== 'kept');
}

function entryOf(event: ServerEvent): LogEntry {
  return {
    at: event.at,
    subject: 'subject' in event ? event.subject : null,
    sessionId: 'sessionId' in event ? event.sessionId : null,
    body: JSON.stringify(event),
  };
}
