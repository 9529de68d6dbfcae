import { expect } from 'vitest';

/** Of one kind about one session or user, or from one caller, in a minute, by docs of the server. */
const eventsPerMinute = 60;
const errorLevel = 50;

interface Line {
  readonly level: number;
  readonly event?: string;
  readonly at?: number;
  readonly sessionId?: string | null;
  readonly subject?: string | null;
  readonly address?: string | null;
  readonly cause?: string;
}

/** Each login begins a session of its own, so that these are counted by user. */
const ofUsers: ReadonlySet<string> = new Set([
  'session.created',
  'session.reauthenticated',
  'session.revoked',
]);

/** Whom an event is about. */
function holderOf({ event = '', sessionId, subject, address, cause }: Line): string {
  if (ofUsers.has(event)) return `${subject} ${address ?? cause}`;
  return sessionId ?? subject ?? address ?? 'nobody';
}

/** Expects that no kind came more often, about anybody, than the minutes allow that the events are from. Returns how many may be announced as left out. */
function expectFew(events: readonly Line[]): number {
  const counts = new Map<string, number>();
  for (const line of events) {
    const key = `${line.event} of ${holderOf(line)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const minutes = events.map(({ at = 0 }) => Math.floor(at / 60));
  const span = Math.max(...minutes) - Math.min(...minutes) + 1;
  expect([...counts].filter(([, count]) => count > eventsPerMinute * span)).toEqual([]);
  return counts.size * span;
}

/** Expects no error among lines of the log, and no more events than the allowance. Returns how many lines there are. */
export function expectQuiet(log: string): number {
  const lines = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  expect(lines.filter(({ level, event }) => level >= errorLevel || event === undefined)).toEqual([]);
  const events = lines.filter(({ at }) => at !== undefined);
  // What is left out is announced, by a line without the time of an event.
  expect(lines.length - events.length).toBeLessThanOrEqual(expectFew(events));
  return lines.length;
}

/** Expects that no more events were kept than the allowance. Returns how many there are. */
export function expectFewEvents(printed: string): number {
  const events = printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly type: string } & Omit<Line, 'event'>)
    .map(({ type, ...event }) => ({ ...event, event: type }));
  expectFew(events);
  return events.length;
}
