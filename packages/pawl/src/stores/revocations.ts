import type { EpochSeconds } from '../base/clock.js';

/** Something that makes access tokens void before they expire. */
export type Revocation =
  /** Tokens of this session. */
  | { readonly kind: 'session'; readonly sessionId: string }
  /** Tokens of the subject whose `epoch` is below this one. */
  | { readonly kind: 'subject'; readonly subject: string; readonly epoch: number }
  /** Tokens signed with this access key. */
  | { readonly kind: 'key'; readonly kid: string };

/** A revocation as the feed keeps it. */
export type RevocationEntry = Revocation & {
  /** The `now` of the step that made it. */
  readonly at: EpochSeconds;
};

/** A part of the feed. */
export interface RevocationPage {
  /** Oldest first. */
  readonly entries: readonly RevocationEntry[];
  /** The place after the last entry, to read on from; opaque. */
  readonly cursor: string;
  /** Whether more was there already behind the cursor. */
  readonly hasMore: boolean;
  /**
   * Whether nothing lies between `after` and the first entry. If not, `after` was null, was trimmed, or is no place of this feed, which went
   * back (a failover, a restored backup, a flush): the entries are then the oldest that are kept.
   */
  readonly isContinued: boolean;
}

/**
 * The feed of revocations. Every step of `SessionStore` that ends sessions appends to it: when the step resolves, the entry is there, or will
 * be within seconds by itself as soon as anybody reads, also when the process that took the step is gone. An entry may come twice.
 */
export interface RevocationStore {
  /** Adds entries that are no session's end: compromised keys. Durable before it resolves. */
  append(entries: readonly RevocationEntry[]): Promise<void>;
  /** Up to `limit` entries after a cursor. A cursor of any connection is good on every other one. */
  read(after: string | null, limit: number): Promise<RevocationPage>;
  /**
   * Deletes up to `limit` of the oldest entries whose `at` is `before` or earlier; the newest entry stays, whatever its age. Resolves to the
   * number deleted.
   */
  trim(before: EpochSeconds, limit: number): Promise<number>;
  /**
   * Calls `wake` when there may be something new, and at least every second, until the returned function is called or the store is closed.
   * Never rejects: what cannot be watched is polled. Does NOT keep the process alive.
   */
  watch(wake: () => void): () => void;
}
