/**
 * The port that every store implements.
 *
 * @module pawl/stores
 */
export type { Revocation, RevocationEntry, RevocationPage, RevocationStore } from './revocations.js';
export {
  type ApplyResult,
  type Created,
  type DataOutcome,
  type DataStore,
  type DocumentStore,
  type EventLog,
  endedRetentionSeconds,
  eventRetentionSeconds,
  type LogEntry,
  type LoggedEntry,
  type LogQuery,
  maxReplaySeconds,
  type NewSession,
  type ReplayStore,
  type RotateAttempt,
  type RotateResult,
  type SessionStore,
  type Store,
  type StoreChange,
  type StoredData,
  type StoredDocument,
} from './store.js';
export { createSessionId, subjectTag, subjectTagBytes } from './subject-tag.js';
