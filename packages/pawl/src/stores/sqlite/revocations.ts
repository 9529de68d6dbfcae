import { encodeBase64url } from '../../base/base64url.js';
import {
  type FeedPlace,
  type FeedRow,
  firstPage,
  pageAfter,
  placeOfCursor,
  startOfFeed,
} from '../feed-place.js';
import type { RevocationEntry, RevocationStore } from '../revocations.js';
import { fromText, toText } from '../text.js';
import { WakeUps } from '../wake-ups.js';
import type { SqliteConnection } from './connection.js';
import { appendRevocation } from './schema.js';
import { toBlob } from './session-row.js';

/** How often a watched feed is looked at: one look-up in an index, which sees what other processes have committed. */
const pollEveryMilliseconds = 25;

interface RevocationRow {
  readonly position: number;
  readonly mark: string;
  readonly previous: string;
  readonly kind: string;
  readonly name: string | Uint8Array;
  readonly epoch: number | null;
  readonly at: number;
}

interface SqliteRevocations {
  readonly port: RevocationStore;
  /** Ends the watching. */
  close(): void;
}

export function createRevocations(connection: SqliteConnection): SqliteRevocations {
  const insert = connection.prepare(appendRevocation('?', '?', '?', '?'));
  const select = 'select position, mark, previous, kind, name, epoch, at from revocations';
  const behind = connection.prepare(`${select} where position > ? order by position limit ?`);
  const newest = connection.prepare(`${select} order by position desc limit 1`);
  const trim = connection.prepare(`delete from revocations where position in (
      select position from revocations order by position limit ?
    ) and position < coalesce((select min(position) from revocations where at > ?), 9e18)
      and position < (select max(position) from revocations) returning position`);
  const wakeUps = new WakeUps();
  let stopPolling: (() => void) | null = null;

  const rowsBehind = (position: number, limit: number): FeedRow[] =>
    (behind.all(position, limit) as RevocationRow[]).map(feedRowOf);

  function newestPlace(): FeedPlace | null {
    const row = newest.get() as RevocationRow | undefined;
    return row === undefined ? null : feedRowOf(row);
  }

  function poll(): () => void {
    let seen = '';
    const timer = setInterval(() => {
      const look = async (): Promise<void> => {
        const { mark } = (await connection.read(newestPlace)) ?? startOfFeed;
        if (mark !== seen) wakeUps.wake();
        seen = mark;
      };
      // Whoever is woken every second reads, and is told what is wrong.
      look().catch(() => undefined);
    }, pollEveryMilliseconds).unref();
    return () => {
      clearInterval(timer);
      stopPolling = null;
    };
  }

  const port: RevocationStore = {
    append: (entries) =>
      connection.write(() => {
        for (const entry of entries) insert.run(entry.kind, nameOf(entry), epochOf(entry), entry.at);
      }),

    read: (after, limit) =>
      connection.read(() => {
        const place = after === null ? null : placeOfCursor(after);
        const position = Number(place?.position);
        const continued =
          place === null || !Number.isSafeInteger(position)
            ? null
            : pageAfter(place, rowsBehind(position, limit + 1), newestPlace(), limit);
        return continued ?? firstPage(rowsBehind(0, limit + 1), limit);
      }),

    trim: (before, limit) =>
      connection.write(() => {
        return trim.all(limit, before).length;
      }),

    watch(wake) {
      const unwatch = wakeUps.add(wake);
      stopPolling ??= poll();
      return () => {
        unwatch();
        if (!wakeUps.isWatched) stopPolling?.();
      };
    },
  };
  return {
    port,
    close() {
      wakeUps.close();
      stopPolling?.();
    },
  };
}

function feedRowOf({ position, mark, previous, kind, name, epoch, at }: RevocationRow): FeedRow {
  return { position: String(position), mark, previous, entry: entryOf(kind, name, epoch, at) };
}

function entryOf(kind: string, name: string | Uint8Array, epoch: number | null, at: number): RevocationEntry {
  if (kind === 'session') return { kind, sessionId: encodeBase64url(name as Uint8Array), at };
  const text = fromText(name as string);
  return kind === 'subject' ? { kind, subject: text, epoch: epoch ?? 0, at } : { kind: 'key', kid: text, at };
}

function nameOf(entry: RevocationEntry): string | Uint8Array {
  if (entry.kind === 'session') return toBlob(entry.sessionId);
  return toText(entry.kind === 'subject' ? entry.subject : entry.kid);
}

function epochOf(entry: RevocationEntry): number | null {
  return entry.kind === 'subject' ? entry.epoch : null;
}
