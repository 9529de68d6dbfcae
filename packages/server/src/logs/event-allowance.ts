import type { ServerEvent } from './server-event.js';

/** Events of one kind about one session or user that are written down in one minute. */
export const eventsPerMinute = 60;

/** Kinds that callers bring about at will, without changing anything. Every change of state is always written down. */
const limited: ReadonlySet<ServerEvent['type']> = new Set([
  'session.refreshed',
  'session.forged',
  'session.wrong-key',
  'refresh.refused',
  'proof.refused',
  'login.failed',
  'login.throttled',
]);

/**
 * `first-over`: this is the first of its kind that is left out in this minute, which is worth a line of its own.
 */
export type Allowed = 'yes' | 'first-over' | 'no';

/**
 * Bounds what one caller can write into the log: a client in a loop, or somebody who sends nonsense, fills no disk. Memory is
 * bounded by the events of one minute.
 */
export function createEventAllowance(): (event: ServerEvent) => Allowed {
  let minute = 0;
  let counts = new Map<string, number>();
  return (event) => {
    if (!limited.has(event.type)) return 'yes';
    const current = Math.floor(event.at / 60);
    // An event may come a moment after one that is later, and must not begin its minute again; a clock that was set back does.
    if (current > minute || current < minute - 1) {
      minute = current;
      counts = new Map();
    }
    const sessionId = 'sessionId' in event ? event.sessionId : null;
    const subject = 'subject' in event ? event.subject : null;
    const key = `${event.type} ${sessionId ?? subject ?? ''}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count <= eventsPerMinute) return 'yes';
    return count === eventsPerMinute + 1 ? 'first-over' : 'no';
  };
}
