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
import type { DataStore } from './data-store.js';
import type { DocumentStore } from './document-store.js';
import type { EphemeraStore } from './ephemera.js';
import type { EventLog } from './event-log.js';
import type { ReplayStore } from './replay-store.js';
import type { RevocationStore } from './revocations.js';
import type { SessionStore } from './session-store.js';

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
  readonly ephemera: EphemeraStore;
  readonly revocations: RevocationStore;
  /** Resolves when the store can answer; for readiness. */
  check(): Promise<void>;
  /**
   * Deletes up to `limit` records each of sessions that ended or expired more than `endedRetentionSeconds` ago with their data, and of log
   * entries older than `eventRetentionSeconds`; also expired replays and ephemera, which are not counted. One call may examine a part of the records only; the next one goes on. A subject's
   * epoch may go with its last session. Garbage collection only: no answer depends on it. Resolves to the number deleted.
   */
  sweep(now: EpochSeconds, limit: number): Promise<number>;
  /** Finishes what was accepted, then releases everything. Later calls reject with `store_unavailable`. */
  close(): Promise<void>;
}
