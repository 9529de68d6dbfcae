import { systemRandom } from '../../base/random.js';
import type { EpochSeconds } from '../../base/clock.js';
import type { FeedPlace, FeedRow } from '../feed-place.js';
import type { RevocationEntry } from '../revocations.js';
import type { RedisConnection } from './connection.js';
import { announceScript, publishScript, readFeedScript, trimFeedScript } from './feed-scripts.js';
import type { Keys } from './keys.js';
import { fromLine, toLine } from './session-record.js';

/** Announcements that one read looks at. In service there are as many as steps under way. */
const maxAnnouncements = 1000;

/** What a step is about to end: one session and its children, all by the epoch, or some of the subject's sessions. */
export type Aim =
  | { readonly kind: 'session'; readonly sessionId: string }
  | { readonly kind: 'subject' | 'sessions'; readonly subject: string };

/** A step that was announced, as text in the sorted set. */
export type Announcement = string;

/** What one read found. */
export interface FoundFeed {
  readonly rows: readonly FeedRow[];
  readonly newest: FeedPlace | null;
  readonly announcements: readonly Announcement[];
}

/** The stream and the announcements, which lie together on one server. */
export class Feed {
  readonly #connection: RedisConnection;
  readonly #keys: readonly [string, string];
  /** Called after something was published from here. */
  onPublished: () => void = () => undefined;

  constructor(connection: RedisConnection, keys: Keys) {
    this.#connection = connection;
    this.#keys = keys.revocations;
  }

  /**
   * Takes a step that ends something in the slot of a subject, so that what it ended comes to the feed, whose slot is another one, also when
   * this process stops in between: whoever reads the feed looks after announced steps. A step that fails stays announced, because its
   * outcome is unknown.
   */
  async ending<Result>(
    aim: Aim,
    now: EpochSeconds,
    step: () => Promise<Result>,
    ended: (result: Result) => readonly RevocationEntry[],
  ): Promise<Result> {
    const announcement = announcementOf(aim, now);
    await this.#connection.runDurably(announceScript, this.#keys, [announcement, String(now)]);
    const result = await step();
    // The end has happened, and its announcement stands until it is published: here, or by the next one who reads.
    await this.publish(ended(result), announcement).catch(() => undefined);
    return result;
  }

  async publish(entries: readonly RevocationEntry[], announcement: Announcement = ''): Promise<void> {
    const args = [announcement, ...entries.flatMap(argumentsOf)];
    if (entries.length === 0) {
      await this.#connection.run(publishScript, this.#keys, args);
      return;
    }
    await this.#connection.runDurably(publishScript, this.#keys, args);
    this.onPublished();
  }

  async read(position: string, limit: number): Promise<FoundFeed> {
    const args = [position, String(limit), String(maxAnnouncements - 1)];
    const reply = await this.#connection.run(readFeedScript, this.#keys, args);
    const [entries, [newest], announcements] = reply as [StreamEntry[], StreamEntry[], string[]];
    return {
      rows: entries.map(rowOf),
      newest: newest === undefined ? null : rowOf(newest),
      announcements,
    };
  }

  async trim(before: EpochSeconds, limit: number): Promise<number> {
    return Number(await this.#connection.run(trimFeedScript, this.#keys, [String(before), String(limit)]));
  }
}

/** The entry of a session that ended. */
export function endedSession(sessionId: string, at: EpochSeconds): RevocationEntry {
  return { kind: 'session', sessionId, at };
}

/** Begins with random characters: two steps are two announcements, whatever they are about. */
function announcementOf(aim: Aim, now: EpochSeconds): Announcement {
  const name = aim.kind === 'session' ? aim.sessionId : aim.subject;
  return JSON.stringify([systemRandom.bytes(9).toString('base64url'), aim.kind, name, now]);
}

/** What an announcement says. */
export function readAnnouncement(announcement: Announcement): {
  readonly aim: Aim;
  readonly now: EpochSeconds;
} {
  const [, kind, name, now] = JSON.parse(announcement) as [string, Aim['kind'], string, EpochSeconds];
  return { aim: kind === 'session' ? { kind, sessionId: name } : { kind, subject: name }, now };
}

type StreamEntry = readonly [id: string, fields: readonly string[]];

function rowOf([position, fields]: StreamEntry): FeedRow {
  const [, mark = '', , previous = '', , kind, , name = '', , epoch, , at] = fields;
  return { position, mark, previous, entry: entryOf(kind, fromLine(name), Number(epoch), Number(at)) };
}

function entryOf(kind: string | undefined, name: string, epoch: number, at: EpochSeconds): RevocationEntry {
  if (kind === 'session') return { kind, sessionId: name, at };
  return kind === 'subject' ? { kind, subject: name, epoch, at } : { kind: 'key', kid: name, at };
}

function argumentsOf(entry: RevocationEntry): string[] {
  const mark = systemRandom.bytes(9).toString('base64url');
  const { kind, at } = entry;
  switch (kind) {
    case 'session':
      return [mark, kind, toLine(entry.sessionId), '0', String(at)];
    case 'subject':
      return [mark, kind, toLine(entry.subject), String(entry.epoch), String(at)];
    case 'key':
      return [mark, kind, toLine(entry.kid), '0', String(at)];
  }
}
