import type { EpochSeconds } from '../base/clock.js';
import type { Binding } from '../rotation/binding.js';
import type { RotationState, Session } from '../rotation/session.js';
import type { Reauthentication } from './session-store.js';

/** A subject's epoch and when it was last incremented. */
export interface SubjectEpoch {
  readonly epoch: number;
  readonly changedAt: EpochSeconds;
}

/** Why the record of a session that ended is kept. */
export interface Kept {
  /** Until then something may ask for it. */
  readonly until: EpochSeconds;
  /** Until then its client can be told of the end; null when there is nothing to tell. */
  readonly owedUntil: EpochSeconds | null;
}

/** What a store in this process does to its records, one by one, inside a step that nothing interrupts. The steps are those of `session-steps.ts`. */
export interface SessionRecords {
  find(id: string): Session | null;
  /** The subject's sessions that were not put away, in any order. */
  live(subject: string): readonly Session[];
  add(session: Session): void;
  advance(id: string, to: RotationState): void;
  bind(id: string, binding: Binding, to: RotationState): void;
  reauthenticate(id: string, to: RotationState & Pick<Session, 'floor'>, by: Reauthentication): void;
  /** Notes that a child was created by the session's current token. */
  use(id: string, now: EpochSeconds): void;
  /** Sets `revokedAt`, and appends to the feed. */
  end(id: string, now: EpochSeconds): void;
  /** Puts a session among those that ended. */
  putAway(id: string, kept: Kept): void;
  /**
   * Gives up what there is too much of among the subject's sessions that ended: the logouts that are owed no longer, or that are not of the newest `maxOwed`;
   * then, of the records that owe nothing and are kept until `now` or less, all but the newest `maxEnded`.
   */
  prune(subject: string, now: EpochSeconds): void;
  /** How many of those that ended must be kept for longer than `now`, up to `maxEnded`: children. */
  countEndedChildren(subject: string, now: EpochSeconds): number;
  /** Those of them whose clients can be told for longer than `now`. */
  owedIds(subject: string, now: EpochSeconds): readonly string[];
  clearLogoutOwed(id: string): void;
  /** Null until it is first incremented. */
  epochOf(subject: string): SubjectEpoch | null;
  /** Also appends to the feed. */
  incrementEpoch(subject: string, now: EpochSeconds): number;
  /** 0 until it is first set. */
  clientCounterOf(subject: string, clientId: string): number;
  setClientCounter(subject: string, clientId: string, counter: number, now: EpochSeconds): void;
}
