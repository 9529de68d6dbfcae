import type { EpochSeconds } from '../base/clock.js';

/** Entries of the event log stay this long. */
export const eventRetentionSeconds: number = 30 * 86_400;

/** A store may find no more than this many entries of one subject, or of one session: the newest. */
export const maxIndexedEntries = 1000;

/** One thing that happened, for the log. */
export interface LogEntry {
  readonly at: EpochSeconds;
  readonly subject: string | null;
  readonly sessionId: string | null;
  /** JSON of the event; contains no secret. */
  readonly body: string;
}

/** An entry with its place in the log. */
export interface LoggedEntry extends LogEntry {
  /** Position in the log: increases with each entry; opaque to callers. */
  readonly cursor: string;
}

/** Which entries to read. */
export interface LogQuery {
  /** Only entries after this cursor; null: from the oldest kept. */
  readonly after: string | null;
  readonly limit: number;
  readonly subject?: string;
  readonly sessionId?: string;
  /** Only entries with this `at` and later. */
  readonly since?: EpochSeconds;
}

/** The log of security events. Appending may be lost by a crash. */
export interface EventLog {
  append(entries: readonly LogEntry[]): Promise<void>;
  /**
   * The oldest entries that are asked for, in the order of the log. What a query for a subject or a session costs does not depend on how long the
   * log is. Of its entries a store may have forgotten all but the newest {@link maxIndexedEntries}, while the log itself still has them.
   */
  read(query: LogQuery): Promise<readonly LoggedEntry[]>;
  /** The newest `limit` entries, oldest first. */
  tail(limit: number): Promise<readonly LoggedEntry[]>;
}
