import type { EpochSeconds } from '../base/clock.js';

/** Entries of the event log stay this long. */
export const eventRetentionSeconds: number = 30 * 86_400;

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
  /** Only entries with this `at` and later. A store in which looking for a subject or a session means looking through the log skips what is older. */
  readonly since?: EpochSeconds;
}

/** The log of security events. Appending may be lost by a crash. */
export interface EventLog {
  append(entries: readonly LogEntry[]): Promise<void>;
  read(query: LogQuery): Promise<readonly LoggedEntry[]>;
  /** The newest `limit` entries, oldest first. */
  tail(limit: number): Promise<readonly LoggedEntry[]>;
}
