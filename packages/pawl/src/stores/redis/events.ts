import type { EpochSeconds } from '../../base/clock.js';
import {
  type EventLog,
  eventRetentionSeconds,
  type LogEntry,
  type LoggedEntry,
  type LogQuery,
} from '../event-log.js';
import type { RedisConnection } from './connection.js';
import {
  appendScript,
  deleteScript,
  oldScript,
  readListedScript,
  readScript,
  seekScript,
  tailScript,
} from './event-scripts.js';
import type { Keys } from './keys.js';
import { fromLine, toLine } from './session-record.js';

/** Entries that are kept at most, about 300 bytes each with their places in the lists: a flood of events must not take the memory of the sessions. */
const maxLogEntries = 1_000_000;

/** By how much more entries the stream may have, when those who append stop before they have deleted what is too much. */
const spareEntries = 100_000;

/** By how much the instants of entries may be out of order, because the clocks of those who append differ. */
const disorderSeconds = 60;

/** Entries that one command moves. */
const pageEntries = 500;

/** What stands for no subject and no session in an entry, and for any in a question. */
const none = '-';

type StreamEntry = readonly [id: string, fields: readonly string[]];

export interface RedisEvents {
  readonly port: EventLog;
  sweep(now: EpochSeconds, limit: number): Promise<number>;
}

export function createEvents(
  connection: RedisConnection,
  keys: Keys,
  maxEntries: number = maxLogEntries,
): RedisEvents {
  const key = [keys.events];
  let shortening: Promise<unknown> | null = null;

  /** In the background: who appends waits for the own entries only, and what fails here is done behind later ones. */
  function shorten(): void {
    shortening ??= deleteOldest(connection, keys, { until: Number.MAX_VALUE, limit: pageEntries })
      .catch(() => undefined)
      .finally(() => {
        shortening = null;
      });
  }

  async function append(entries: readonly LogEntry[]): Promise<void> {
    const lists = entries.map((entry) => listsOf(keys, entry));
    const used = [...key, ...new Set(lists.flat().filter((list) => list !== null))];
    const places = new Map(used.map((name, index) => [name, String(index + 1)]));
    const args = entries.flatMap((entry, index) => [
      ...argumentsOf(entry),
      ...(lists[index] ?? []).map((list) => places.get(list ?? '') ?? '0'),
    ]);
    const count = Number(
      await connection.run(appendScript, used, [String(maxEntries + spareEntries), ...args]),
    );
    if (count >= maxEntries + pageEntries) shorten();
  }

  const port: EventLog = {
    async append(entries) {
      const pages = Math.max(1, Math.ceil(entries.length / pageEntries));
      for (let index = 0; index < pages; index += 1) {
        await append(entries.slice(index * pageEntries, (index + 1) * pageEntries));
      }
    },

    read: createReader(connection, keys),

    async tail(limit) {
      if (limit === 0) return [];
      return [...entriesOf(await connection.run(tailScript, key, [String(limit)]))].reverse();
    },
  };

  return {
    port,
    sweep: (now, limit) => deleteOldest(connection, keys, { until: now - eventRetentionSeconds, limit }),
  };
}

/** Reads the stream, or the list of a subject or a session and the entries that it names. */
function createReader(connection: RedisConnection, keys: Keys): EventLog['read'] {
  const key = [keys.events];

  async function firstOf({ after, since }: LogQuery): Promise<string> {
    if (after !== null) return `(${after}`;
    if (since === undefined) return '-';
    return String(await connection.run(seekScript, key, [String(since - disorderSeconds)]));
  }

  async function readWhole(query: LogQuery): Promise<readonly LoggedEntry[]> {
    const { since = -Number.MAX_VALUE } = query;
    const found: LoggedEntry[] = [];
    let first = await firstOf(query);
    for (;;) {
      const page = entriesOf(await connection.run(readScript, key, [first, String(pageEntries)]));
      found.push(...page.filter(({ at }) => at >= since));
      first = `(${page.at(-1)?.cursor ?? ''}`;
      if (found.length >= query.limit || page.length < pageEntries) return found.slice(0, query.limit);
    }
  }

  async function readListed(list: string, query: LogQuery): Promise<readonly LoggedEntry[]> {
    const { subject = null, sessionId = null, since = -Number.MAX_VALUE } = query;
    const conditions = [wordOf(subject), wordOf(sessionId), String(since)];
    const found: LoggedEntry[] = [];
    for (;;) {
      const after = found.at(-1)?.cursor ?? query.after ?? '';
      const limit = Math.min(pageEntries, query.limit - found.length);
      const args = [after, String(limit), ...conditions];
      const page = entriesOf(await connection.run(readListedScript, [...key, list], args));
      found.push(...page);
      if (page.length < limit || found.length >= query.limit) return found;
    }
  }

  return async (query) => {
    const { after, subject, sessionId } = query;
    if (after !== null && !isCursor(after)) return [];
    // A session has fewer than its subject.
    if (sessionId !== undefined) return readListed(keys.eventsAbout('session', sessionId), query);
    return subject === undefined ? readWhole(query) : readListed(keys.eventsAbout('subject', subject), query);
  };
}

/** Looks at the oldest `limit` entries, or until there is a page of later ones, and deletes those with an instant up to `until`. */
async function deleteOldest(
  connection: RedisConnection,
  keys: Keys,
  { until, limit }: { readonly until: EpochSeconds; readonly limit: number },
): Promise<number> {
  let first = '-';
  let deleted = 0;
  for (let examined = 0; examined < limit; examined += pageEntries) {
    const args = [first, String(Math.min(pageEntries, limit - examined)), String(until)];
    const reply = await connection.run(oldScript, [keys.events], args);
    const [count, last, old] = reply as [number, string, readonly (readonly [string, string, string])[]];
    if (old.length === 0) break;
    const lists = old.flatMap(([, subject, sessionId]) =>
      listsOf(keys, { subject: nameOf(subject), sessionId: nameOf(sessionId) }),
    );
    const used = [keys.events, ...new Set(lists.filter((list) => list !== null))];
    const ids = old.map(([id]) => id);
    deleted += Number(await connection.run(deleteScript, used, ids));
    if (count < pageEntries) break;
    first = `(${last}`;
  }
  return deleted;
}

/** The lists that an entry stands in. */
function listsOf(
  keys: Keys,
  { subject, sessionId }: Pick<LogEntry, 'subject' | 'sessionId'>,
): readonly [string | null, string | null] {
  return [
    subject === null ? null : keys.eventsAbout('subject', subject),
    sessionId === null ? null : keys.eventsAbout('session', sessionId),
  ];
}

function isCursor(text: string): boolean {
  return /^\d{1,20}-\d{1,20}$/.test(text);
}

function argumentsOf({ at, subject, sessionId, body }: LogEntry): string[] {
  return [String(at), wordOf(subject), wordOf(sessionId), toLine(body)];
}

function wordOf(name: string | null): string {
  return name === null ? none : toLine(name);
}

function nameOf(word: string): string | null {
  return word === none ? null : fromLine(word);
}

function entriesOf(reply: unknown): readonly LoggedEntry[] {
  return (reply as readonly StreamEntry[]).map(([cursor, fields]) => {
    const [, at = '', , subject = '', , sessionId = '', , body = ''] = fields;
    return {
      cursor,
      at: Number(at),
      subject: nameOf(subject),
      sessionId: nameOf(sessionId),
      body: fromLine(body),
    };
  });
}
