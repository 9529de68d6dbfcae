/**
 * The port that every store implements.
 *
 * @module pawl/stores
 */
export type { Revocation, RevocationEntry, RevocationPage, RevocationStore } from './revocations.js';
export {
  type ApplyResult,
  type Created,
  endedRetentionSeconds,
  type NewSession,
  type RotateAttempt,
  type RotateResult,
  type SessionStore,
  type StoreChange,
} from './session-store.js';
export type { DataOutcome, DataStore, StoredData } from './data-store.js';
export type { DocumentStore, StoredDocument } from './document-store.js';
export { type EphemeraStore, maxEphemeralBytes, maxEphemeralSeconds } from './ephemera.js';
export {
  type EventLog,
  eventRetentionSeconds,
  type LogEntry,
  type LoggedEntry,
  type LogQuery,
} from './event-log.js';
export { maxReplaySeconds, type ReplayStore } from './replay-store.js';
export type { Store } from './store.js';
export { createSessionId, subjectTag, subjectTagBytes } from './subject-tag.js';
