import type { EpochSeconds } from '../base/clock.js';
import { admits } from '../rotation/binding.js';
import type { Advance, End } from '../rotation/change.js';
import type { RotateAttempt } from '../rotation/guard.js';
import type { RotationState, Session } from '../rotation/session.js';

/** Records of sessions that have ended stay this long, so that a late token is reported as revoked, not unknown. */
export const endedRetentionSeconds = 86_400;

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

/** Sessions and the epochs of their subjects. Each step that ends sessions appends to the feed, see `RevocationStore`. */
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
