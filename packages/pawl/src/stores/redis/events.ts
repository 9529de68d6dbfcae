import type { EpochSeconds } from '../../base/clock.js';
import {
  type EventLog,
  eventRetentionSeconds,
  type LogEntry,
  type LoggedEntry,
  type LogQuery,
} from '../event-log.js';
import type { Connection } from './connection.js';
import type { Keys } from './keys.js';
import { createScript } from './script.js';
import { fromLine, toLine } from './session-record.js';

/** Entries that the stream keeps at most, about 300 bytes each: a flood of events must not take the memory of the sessions. */
const maxEntries = 1_000_000;

/** By how much the instants of entries may be out of order, because the clocks of those who append differ. */
const disorderSeconds = 60;

/** Entries that one command moves. */
const pageEntries = 500;

/** ARGV: at, subject, session, body of each entry. */
const appendScript = createScript(
  'writes',
  `
for i = 1, #ARGV, 4 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ${String(maxEntries)}, '*',
    'at', ARGV[i], 'subject', ARGV[i + 1], 'session', ARGV[i + 2], 'body', ARGV[i + 3])
end
`,
);

/** ARGV: first id, limit. */
const readScript = createScript(
  'reads',
  `return redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])`,
);

/** ARGV: limit. Newest first. */
const tailScript = createScript(
  'reads',
  `return redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1])`,
);

/** ARGV: limit, cutoff. Replies with the number deleted. */
const sweepScript = createScript(
  'writes',
  `
local deleted = 0
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[1])) do
  if tonumber(entry[2][2]) <= tonumber(ARGV[2]) then deleted = deleted + redis.call('XDEL', KEYS[1], entry[1]) end
end
return deleted
`,
);

/**
 * ARGV: instant. Replies with the first millisecond of the stream's ids whose entries may be of the instant or later: entries are added in the
 * order of their instants but for the disorder, so halving finds it. The clock of Redis, which ids begin with, may be any.
 */
const seekScript = createScript(
  'reads',
  `
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not newest then return '-' end
local function millisecond(entry) return tonumber(string.match(entry[1], '^%d+')) end
local low = millisecond(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1])
local high = millisecond(newest)
while low < high do
  local middle = math.floor((low + high) / 2)
  local entry = redis.call('XRANGE', KEYS[1], string.format('%.0f', middle), '+', 'COUNT', 1)[1]
  if tonumber(entry[2][2]) < tonumber(ARGV[1]) then low = middle + 1 else high = middle end
end
-- Entries of one millisecond are in order too, and only the first of them was looked at.
return string.format('%.0f', math.max(0, low - 1))
`,
);

type StreamEntry = readonly [id: string, fields: readonly string[]];

export interface RedisEvents {
  readonly port: EventLog;
  sweep(now: EpochSeconds, limit: number): Promise<number>;
}

export function createEvents(connection: Connection, keys: Keys): RedisEvents {
  const key = [keys.events];

  async function page(first: string): Promise<readonly LoggedEntry[]> {
    const args = [first, String(pageEntries)];
    return ((await connection.run(readScript, key, args)) as readonly StreamEntry[]).map(entryOf);
  }

  async function firstOf({ after, since }: LogQuery): Promise<string> {
    if (after !== null) return `(${after}`;
    if (since === undefined) return '-';
    return String(await connection.run(seekScript, key, [String(since - disorderSeconds)]));
  }

  const port: EventLog = {
    async append(entries) {
      const pages = Math.max(1, Math.ceil(entries.length / pageEntries));
      for (let index = 0; index < pages; index += 1) {
        const added = entries.slice(index * pageEntries, (index + 1) * pageEntries);
        await connection.run(appendScript, key, added.flatMap(argumentsOf));
      }
    },

    /** The stream has no index: a query for one subject looks through all that is kept. */
    async read(query) {
      if (query.after !== null && !isCursor(query.after)) return [];
      const found: LoggedEntry[] = [];
      let first = await firstOf(query);
      for (;;) {
        const entries = await page(first);
        found.push(...entries.filter((entry) => isAskedFor(entry, query)));
        first = `(${entries.at(-1)?.cursor ?? ''}`;
        if (found.length >= query.limit || entries.length < pageEntries) return found.slice(0, query.limit);
      }
    },

    async tail(limit) {
      if (limit === 0) return [];
      const entries = (await connection.run(tailScript, key, [String(limit)])) as readonly StreamEntry[];
      return entries.map(entryOf).reverse();
    },
  };

  return {
    port,
    sweep: async (now, limit) =>
      Number(await connection.run(sweepScript, key, [String(limit), String(now - eventRetentionSeconds)])),
  };
}

function isCursor(text: string): boolean {
  return /^\d{1,20}-\d{1,20}$/.test(text);
}

function argumentsOf({ at, subject, sessionId, body }: LogEntry): string[] {
  return [
    String(at),
    subject === null ? '-' : toLine(subject),
    sessionId === null ? '-' : toLine(sessionId),
    toLine(body),
  ];
}

function entryOf([id, [, at = '', , subject = '', , sessionId = '', , body = '']]: StreamEntry): LoggedEntry {
  return {
    cursor: id,
    at: Number(at),
    subject: subject === '-' ? null : fromLine(subject),
    sessionId: sessionId === '-' ? null : fromLine(sessionId),
    body: fromLine(body),
  };
}

function isAskedFor(entry: LoggedEntry, query: LogQuery): boolean {
  return (
    (query.subject === undefined || entry.subject === query.subject) &&
    (query.sessionId === undefined || entry.sessionId === query.sessionId) &&
    (query.since === undefined || entry.at >= query.since)
  );
}
