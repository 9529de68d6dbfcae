/**
 * The port that every store implements, and what the authors of stores need: docs/writing-a-store.md.
 *
 * @module pawl/stores
 */
export { bindingFrom, bindingText, unreadableRecord } from './binding-text.js';
export type { DataOutcome, DataStore, StoredData } from './data-store.js';
export type { DocumentStore, StoredDocument } from './document-store.js';
export { checkedEphemera, type EphemeraStore, maxEphemeralBytes, maxEphemeralSeconds } from './ephemera.js';
export {
  type EventLog,
  eventRetentionSeconds,
  type LogEntry,
  type LoggedEntry,
  type LogQuery,
  maxIndexedEntries,
} from './event-log.js';
export {
  type FeedPlace,
  type FeedRow,
  firstPage,
  pageAfter,
  placeOfCursor,
  startOfFeed,
} from './feed-place.js';
export { policyFrom, policyText, policyTexts } from './policy-text.js';
export { maxReplaySeconds, type ReplayStore } from './replay-store.js';
export type { Revocation, RevocationEntry, RevocationPage, RevocationStore } from './revocations.js';
export { rotationColumns } from './sql/session-row.js';
export {
  childExpiresAt,
  earliestEnd,
  endedChildSeconds,
  endsWith,
  expirySlackSeconds,
  isClientSession,
  maxEnded,
  maxOwed,
  mayHaveChild,
  nextClientCounter,
  owedSeconds,
  owesLogout,
  surplusOf,
} from './session-family.js';
export type { Kept, SessionRecords, SubjectEpoch } from './session-records.js';
export { SessionSteps } from './session-steps.js';
export {
  type ApplyResult,
  type CreateRequest,
  type CreateResult,
  compareAge,
  createdFrom,
  type EndedSession,
  endedRetentionSeconds,
  type NewSession,
  type Reauthentication,
  type RevokedClient,
  type RotateAttempt,
  type RotateResult,
  replacesKey,
  type SessionLimits,
  type SessionStore,
  type StoreChange,
} from './session-store.js';
export type { Store } from './store.js';
export {
  createSessionId,
  placeOfSession,
  placeOfSubject,
  subjectTag,
  subjectTagBytes,
} from './subject-tag.js';
export {
  fromNullableText,
  fromSortableBytes,
  fromText,
  toNullableText,
  toSortableBytes,
  toText,
} from './text.js';
export { WakeUps } from './wake-ups.js';
export { sha256Witness } from './witness.js';
