import type { EpochSeconds } from '../base/clock.js';
import { admits } from '../rotation/binding.js';
import type { Advance, End } from '../rotation/change.js';
import type { RotateAttempt } from '../rotation/guard.js';
import { initialRotation, type RotationState, type Session } from '../rotation/session.js';

/** Records of sessions that have ended stay at most this long, so that a late token is reported as revoked, not unknown. */
export const endedRetentionSeconds = 86_400;

/** A session as the authority creates it; the store adds the epoch, and everything starts at generation 0. */
export type NewSession = Omit<
  Session,
  keyof RotationState | 'floor' | 'epoch' | 'subjectEpoch' | 'revokedAt' | 'usedAt'
>;

/**
 * How many live sessions a subject may have. When there would be more, the one that was out of use the longest ends (`lastUsedAt`, then the id);
 * never the new one.
 */
export interface SessionLimits {
  /** Sessions that are no client sessions. */
  readonly sessions: number;
  /** Client sessions of one client. */
  readonly perClient: number;
  /** Client sessions of all clients. Those of third parties end before all others. */
  readonly clientSessions: number;
}

/** What a session is created with. */
export interface CreateRequest {
  readonly session: NewSession;
  readonly limits: SessionLimits;
  /** What `witness` of the store gave for the parent and the new session's id. Null only for a session without a parent. */
  readonly witness: string | null;
  /** Where the parent's rotation stood when the code was made. While it still does, the parent is noted as used. Null: it is not noted. */
  readonly use: Pick<RotationState, 'generation' | 'fork'> | null;
  /** What `clientCounterOf` gave when the code was made. Null: whether the grant was ended since is not asked. */
  readonly clientCounter: number | null;
  readonly now: EpochSeconds;
}

/** What `create` did. All but `created` changed nothing. */
export type CreateResult =
  | {
      readonly outcome: 'created';
      readonly session: Session;
      /** Sessions that ended in the same step because the subject had too many, and their children; in any order. */
      readonly endedIds: readonly string[];
    }
  /** The same step was taken before: a session has the id, and the secret hash. `session` is its record as it stands, which may have ended. */
  | { readonly outcome: 'repeated'; readonly session: Session }
  /** Another session has the id. */
  | { readonly outcome: 'used'; readonly session: Session }
  | {
      /**
       * - `parent-ended`: the parent is gone, dead at `now`, of another subject or a client session, or the witness is not its own.
       * - `grant-ended`: `revokeClient` was called for the subject and the client since.
       * - `crowded`: the subject has as many children that ended a moment ago as are kept. Later there is room again.
       */
      readonly outcome: 'parent-ended' | 'grant-ended' | 'crowded';
    };

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
  /** Children that ended in the same step; in any order. */
  readonly endedIds: readonly string[];
}

/** A session that a step has ended. */
export interface EndedSession {
  readonly session: Session;
  /** Children that ended in the same step; in any order. */
  readonly endedIds: readonly string[];
}

/** What a user's next authentication in a session writes. */
export type Reauthentication = Pick<Session, 'authTime' | 'acr' | 'amr'>;

/** What `revokeClient` did. */
export interface RevokedClient {
  /** As `clientCounterOf` gives it from now on. */
  readonly counter: number;
  /** The client's sessions that ended, and their children; in any order. */
  readonly endedIds: readonly string[];
}

/** Whether a change would give a bound session another key. */
export function replacesKey(session: Session, change: StoreChange): boolean {
  return change.kind === 'bind' && !admits(session.binding, change.binding);
}

/** Order of a subject's sessions: oldest first; equal ages in the order of ids, so that every store agrees. */
export function compareAge(left: Session, right: Session): number {
  return left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1);
}

/** The record that `create` makes. */
export function createdFrom(session: NewSession, epoch: number): Session {
  return {
    ...session,
    ...initialRotation,
    floor: 0,
    usedAt: null,
    amr: [...session.amr],
    resources: [...session.resources],
    policy: { ...session.policy },
    epoch,
    subjectEpoch: epoch,
    revokedAt: null,
  };
}

/**
 * Sessions and the epochs of their subjects. Each step that ends sessions appends to the feed, see `RevocationStore`.
 *
 * The children of a session are the sessions with its id as `parentId`. Whatever ends a session ends its children that are alive and not `offline` in the same
 * atomic step.
 *
 * What a step costs depends on the subject's live sessions, and not on how many have ended: of those the store keeps at most {@link maxEnded} for a
 * subject, besides those that must be kept for {@link endedChildSeconds} and those whose client has still to be told (`logoutsOwed`).
 */
export interface SessionStore {
  /**
   * A text that only somebody can make who has read the record of the parent. The code that a session is created for carries it, so that
   * somebody who can make codes, but has not read the store, creates none.
   */
  witness(parent: Session, sessionId: string): string;

  /**
   * Adds a session to its subject's, at the subject's current epoch, unless a session has the id; with a parent, only while the parent is alive. Asks in
   * the order of {@link CreateResult}: for the id, the parent, the client counter, and for room. A child that is not offline expires when its parent does, if
   * not before.
   *
   * Durable before it resolves. The id is one of `createSessionId` for the session's subject.
   */
  create(request: CreateRequest): Promise<CreateResult>;

  /**
   * The common path, one atomic round trip. Moves the record to what `rotated` of `pawl/rotation` says when its `mayRotate` holds, and otherwise
   * leaves the record untouched and returns it:
   * - it is alive at `now`: not revoked, epoch not behind, before `expiresAt`, before `lastUsedAt` + `idleSeconds`;
   * - secret hash, generation and fork are the record's, and the generation is below `maxGeneration`;
   * - the record's binding is `none` or equals `proof`; `clientId` is null or the record's;
   * - `rotatedAt` is null, or the record's window is 0, or `now - rotatedAt` is at least as long as it.
   *
   * A crash may lose a rotation that was answered; the rule heals it.
   */
  rotate(attempt: RotateAttempt): Promise<RotateResult>;

  /**
   * Compare-and-swap: makes the change when the record is alive (not revoked, epoch not behind) and its rotation state equals that
   * of `read`; otherwise changes nothing. Expiry is not asked: the change is decided already.
   * `revoke-subject` increments the epoch of the session's subject. `bind` changes nothing when the session has another key. Ends and
   * `bind` are durable before it resolves: after a binding that was lost, a copied refresh token would be good again.
   */
  apply(read: Session, change: StoreChange, now: EpochSeconds): Promise<ApplyResult>;

  /**
   * The owner has authenticated again in this session, which keeps its id and its children: moves the rotation on as `reauthenticated` of `pawl/rotation`
   * says, so that tokens from before are below the floor, and writes what was authenticated. Compare-and-swap as `apply`, on a record that is alive at
   * `now` and below `maxGeneration`. Durable before it resolves.
   */
  reauthenticate(
    read: Session,
    by: Reauthentication,
    network: string | null,
    now: EpochSeconds,
  ): Promise<RotateResult>;

  find(sessionId: string): Promise<Session | null>;

  /** The subject's epoch: 0 until it is first incremented. */
  epochOf(subject: string): Promise<number>;

  /** The subject's sessions that are alive at `now`, newest first. */
  list(subject: string, now: EpochSeconds): Promise<readonly Session[]>;

  /**
   * Ends one session, whatever its generation, also an expired one; with `secretHash` not null only when that is the record's.
   * Durable before it resolves. Resolves to the session when this call ended it, and to null when there was none alive to end.
   */
  revokeSession(
    sessionId: string,
    secretHash: string | null,
    now: EpochSeconds,
  ): Promise<EndedSession | null>;

  /** Increments the subject's epoch: every session created before is dead. Durable before it resolves. Resolves to the new epoch. */
  revokeSubject(subject: string, now: EpochSeconds): Promise<number>;

  /**
   * Ends every session of the subject that is alive at `now` and not offline, except `keepSessionId`, its children and its parent; in one step, durably. Resolves to
   * the ended ids, in any order.
   */
  revokeOthers(subject: string, keepSessionId: string, now: EpochSeconds): Promise<readonly string[]>;

  /**
   * Raises the counter of a subject and a client, and ends the client's sessions that are alive at `now`, offline ones too; in one step, durably. A session whose
   * code was made before is refused from then on.
   */
  revokeClient(subject: string, clientId: string, now: EpochSeconds): Promise<RevokedClient>;

  /**
   * The counter of a subject and a client: 0 until it is first raised; then it only grows, or is forgotten when no code can be from before. A code carries
   * it, and `create` compares it.
   */
  clientCounterOf(subject: string, clientId: string): Promise<number>;

  /**
   * The subject's sessions that were alive when they ended, and whose client has still to be told (`logoutOwed`): at most {@link maxOwed}, for {@link owedSeconds}.
   */
  logoutsOwed(subject: string, now: EpochSeconds): Promise<readonly Session[]>;

  /** Clears the mark `logoutOwed`: the client of the session was told, or cannot be. Resolves to whether this call did it. */
  clearLogoutOwed(sessionId: string, now: EpochSeconds): Promise<boolean>;
}
