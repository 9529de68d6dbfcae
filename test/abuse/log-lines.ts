import { expect } from 'vitest';

/** Of one kind about one session or user in a minute, by docs of the server. */
const eventsPerMinute = 60;
const errorLevel = 50;

interface Line {
  readonly level: number;
  readonly time: number;
  readonly event?: string;
  readonly at?: number;
  readonly sessionId?: string | null;
  readonly subject?: string | null;
}

/** How often each event comes, about whom and in which minute. */
function counted(events: readonly Line[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { event = '', at = 0, sessionId, subject } of events) {
    const key = `${event} of ${sessionId ?? subject ?? 'nobody'} in minute ${Math.floor(at / 60)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function expectFew(counts: ReadonlyMap<string, number>): void {
  expect([...counts].filter(([, count]) => count > eventsPerMinute)).toEqual([]);
}

/** Expects no error among lines of the log, and no more events than the allowance. Returns how many lines there are. */
export function expectQuiet(log: string): number {
  const lines = log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  expect(lines.filter(({ level, event }) => level >= errorLevel || event === undefined)).toEqual([]);
  const counts = counted(lines.filter(({ at }) => at !== undefined));
  expectFew(counts);
  // Each that is left out is announced once.
  expect(lines.filter(({ at }) => at === undefined).length).toBeLessThanOrEqual(counts.size);
  return lines.length;
}

/** Expects that no more events were kept than the allowance. Returns how many there are. */
export function expectFewEvents(printed: string): number {
  const events = printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { readonly type: string } & Omit<Line, 'event'>)
    .map(({ type, ...event }) => ({ ...event, event: type }));
  expectFew(counted(events));
  return events.length;
}
