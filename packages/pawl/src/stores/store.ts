/**
 * What Pawl asks of a store. A store keeps records and moves them atomically; it never decides, never reads the clock
 * (`now` is always an argument) and never imports the rotation rule's `decide`.
 *
 * For every method of every port:
 * - A rejection is a `PawlError` with code `store_unavailable` and means *unknown outcome*: the step may or may not have
 *   happened. Callers may repeat it. No method waits longer than the store's own deadline. With `unsent` the step did not happen: it waited in
 *   this process for other calls until the deadline, which says nothing of the store.
 * - A record that another version wrote is refused with `store_incompatible`, and nothing is changed.
 * - A step is atomic: under concurrency, from any number of connections and processes, the result is that of some order
 *   of the steps one by one.
 * - Texts come back as they were stored, whatever code units they hold.
 * - A record whose `revokedAt` is set, or whose epoch is behind its subject's, never becomes alive again.
 *
 * @module pawl/stores
 */
import type { EpochSeconds } from '../base/clock.js';
import { admits } from '../rotation/binding.js';
import type { Advance, End } from '../rotation/change.js';
import type { RotateAttempt } from '../rotation/guard.js';
import type { RotationState, Session } from '../rotation/session.js';
import type { RevocationStore } from './revocations.js';

/** Records of sessions that have ended stay this long, so that a late token is reported as revoked, not unknown. */
export const endedRetentionSeconds = 86_400;

/** Entries of the event log stay this long. */
export const eventRetentionSeconds: number = 30 * 86_400;

/** A session as the authority creates it; the store adds the epoch, and everything starts at generation 0. */
export type NewSession = Omit<
  Session,
  keyof RotationState | 'floor' | 'epoch' | 'subjectEpoch' | 'revokedAt'
>;

/** What `create` did. */
export interface Created {
  readonly session: Session;
  /** Sessions that ended in the same step because the subject had too many, oldest first. */
  readonly endedIds: readonly string[];
}

export type { RotateAttempt };

/** `session` is the record after the step; null when there is none with this id. */
export interface RotateResult {
  readonly rotated: boolean;
  readonly session: Session | null;
}

/** A change that the rotation rule asked for. */
export type StoreChange = Advance | End;

/** `session` is the record after the step, or null when it is gone. */
export interface ApplyResult {
  readonly applied: boolean;
  readonly session: Session | null;
}

/** Whether a change would give a bound session another key. */
export function replacesKey(session: Session, change: StoreChange): boolean {
  return change.kind === 'bind' && !admits(session.binding, change.binding);
}

/** Order of a subject's sessions: oldest first; equal ages in the order of ids, so that every store agrees. */
export function compareAge(left: Session, right: Session): number {
  return left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1);
}

/** Sessions and the epochs of their subjects. Each step that ends sessions appends to the feed, see {@link RevocationStore}. */
export interface SessionStore {
  /**
   * Adds a session to the subject's index, at the subject's current epoch. When the subject then has more than
   * `maxSessions` live sessions, the oldest (by `createdAt`, then id) end in the same step; never the new one.
   * Durable before it resolves. Repeated with the same id and secret hash it changes nothing and resolves to the record as it
   * stands, without ended ids. The id is one of `createSessionId` for the session's subject.
   *
   * @throws PawlError `internal` when another session has the id
   */
  create(session: NewSession, maxSessions: number, now: EpochSeconds): Promise<Created>;

  /**
   * The common path, one atomic round trip. Moves the record to what `rotated` of `pawl/rotation` says when its `mayRotate` holds, and otherwise
   * leaves the record untouched and returns it:
   * - it is alive at `now`: not revoked, epoch not behind, before `expiresAt`, before `rotatedAt ?? createdAt` + `idleSeconds`;
   * - secret hash, generation and fork are the record's, and the generation is below `maxGeneration`;
   * - the record's binding is `none` or equals `proof`; `clientId` is null or the record's;
   * - `rotatedAt` is null, or the record's window is 0, or `now - rotatedAt` is at least as long as it.
   *
   * A crash may lose a rotation that was answered; the rule heals it.
   */
  rotate(attempt: RotateAttempt): Promise<RotateResult>;

  /**
   * Compare-and-swap: makes the change when the record is alive (not revoked, epoch not behind) and its rotation state equals that
   * of `read`; otherwise changes nothing. Expiry is not asked: an expired session's access tokens may outlive it.
   * `revoke-subject` increments the epoch of the session's subject. `bind` changes nothing when the session has another key. Ends and
   * `bind` are durable before it resolves: after a binding that was lost, a copied refresh token would be good again.
   */
  apply(read: Session, change: StoreChange, now: EpochSeconds): Promise<ApplyResult>;

  find(sessionId: string): Promise<Session | null>;

  /** The subject's epoch: 0 until it is first incremented. */
  epochOf(subject: string): Promise<number>;

  /** The subject's sessions that are alive at `now`, newest first. */
  list(subject: string, now: EpochSeconds): Promise<readonly Session[]>;

  /**
   * Ends one session, whatever its generation, also an expired one; with `secretHash` not null only when that is the record's.
   * Durable before it resolves. Resolves to the session when this call ended it, and to null when there was none alive to end.
   */
  revokeSession(sessionId: string, secretHash: string | null, now: EpochSeconds): Promise<Session | null>;

  /** Increments the subject's epoch: every session created before is dead. Durable before it resolves. Resolves to the new epoch. */
  revokeSubject(subject: string, now: EpochSeconds): Promise<number>;

  /** Ends every live session of the subject except `keepSessionId`, in one step, durably. Resolves to the ended ids. */
  revokeOthers(subject: string, keepSessionId: string, now: EpochSeconds): Promise<readonly string[]>;
}

/** What an application keeps beside a session. */
export interface StoredData {
  /** 0 before the first write, plus 1 with each. */
  readonly version: number;
  /** Null before the first write. */
  readonly value: string | null;
}

/** What a write of data did. `ended`: there is no live session with the id. */
export type DataOutcome = 'written' | 'conflict' | 'ended';

/** Where applications keep data of live sessions: one text each (at most 16 KiB), which goes when the session's record does. */
export interface DataStore {
  /** The data of a session that is alive at `now`, not ended and not expired; null for any other. */
  read(sessionId: string, now: EpochSeconds): Promise<StoredData | null>;
  /**
   * Writes, in one step, when the session is alive at `now` and the data's version is `expectedVersion` (0: there is none). A late write so
   * finds the session ended, changes nothing and leaves nothing behind. A crash may lose a write that was answered.
   */
  write(sessionId: string, expectedVersion: number, value: string, now: EpochSeconds): Promise<DataOutcome>;
}

/** A small text under a key, with a version for compare-and-swap. */
export interface StoredDocument {
  readonly key: string;
  /** 1 after the first write, plus 1 with each. */
  readonly version: number;
  readonly value: string;
}

/** Where the key ring and the accounts live: collections of small documents (at most 256 KiB each). */
export interface DocumentStore {
  read(collection: string, key: string): Promise<StoredDocument | null>;
  /** Writes when the document's version is `expectedVersion` (0: there is none); durable before it resolves to true. */
  write(collection: string, key: string, expectedVersion: number, value: string): Promise<boolean>;
  /** Up to `limit` documents whose key is greater than `after` (null: from the start), in key order (by code unit). */
  list(collection: string, after: string | null, limit: number): Promise<readonly StoredDocument[]>;
}

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

/** The longest that {@link ReplayStore} has to remember anything. */
export const maxReplaySeconds = 3600;

/** Proofs that were shown once and may not be shown again. Holds nothing but what has not expired, so its size is bounded. */
export interface ReplayStore {
  /**
   * Notes that `key` was shown. Resolves to true for exactly one of any number of calls until `expiresAt`, and to false for the others; at
   * `expiresAt` the key is as good as new. What was noted may be lost by a crash. After an unknown outcome a repetition may resolve to
   * false. Entries go by themselves, or by `sweep` and later calls.
   *
   * @param key - 1 to 64 characters of base64url
   * @param expiresAt - at most {@link maxReplaySeconds} after `now`
   */
  remember(key: string, expiresAt: EpochSeconds, now: EpochSeconds): Promise<boolean>;
}

/** Everything that Pawl keeps. */
export interface Store {
  /** What it is, for logs and `doctor`: `memory`, `sqlite` … */
  readonly kind: string;
  /** The time by the clock of the server that holds the key ring; null where the store lives on this machine and has its clock. */
  time(): Promise<EpochSeconds | null>;
  readonly sessions: SessionStore;
  readonly data: DataStore;
  readonly documents: DocumentStore;
  readonly events: EventLog;
  readonly replays: ReplayStore;
  readonly revocations: RevocationStore;
  /** Resolves when the store can answer; for readiness. */
  check(): Promise<void>;
  /**
   * Deletes up to `limit` records each of sessions that ended or expired more than `endedRetentionSeconds` ago with their data, and of log
   * entries older than `eventRetentionSeconds`; also expired replays, which are not counted. One call may examine a part of the records only; the next one goes on. A subject's
   * epoch may go with its last session. Garbage collection only: no answer depends on it. Resolves to the number deleted.
   */
  sweep(now: EpochSeconds, limit: number): Promise<number>;
  /** Finishes what was accepted, then releases everything. Later calls reject with `store_unavailable`. */
  close(): Promise<void>;
}
