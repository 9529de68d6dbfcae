import type { EpochSeconds } from '../base/clock.js';
import type { Binding } from './binding.js';
import type { Policy } from './policy.js';

/** The highest generation that a refresh token has room for: 4 bytes. */
export const maxGeneration = 0xffff_ffff;

/** The highest fork that a refresh token has room for: 1 byte. */
export const maxFork = 0xff;

/**
 * A browser's key can be registered for this long after login. A browser does it at once; somebody who copies the cookies later can not register a
 * key of theirs, and so escape the detection of reuse.
 */
export const registrationSeconds = 300;

/**
 * What a refresh changes. Of the rest of a session only its binding, its use, what its owner's next authentication says of it, and its end move after
 * login.
 */
export interface RotationState {
  /** How many times the session has been rotated. */
  readonly generation: number;
  /** Which successor of the previous generation is current; above 0 only after a lost answer (`forked`). */
  readonly fork: number;
  /** The fork that the previous generation had when it was rotated; null accepts any (after `healed`). */
  readonly previousFork: number | null;
  /** Instant of the last rotation, heal or fork; null before the first. */
  readonly rotatedAt: EpochSeconds | null;
  /** Whether the current token has been presented again. Kept up to date by resilient policies only. */
  readonly seen: boolean;
  /**
   * From where the last rotation came: 8 bytes, base64url, that are the same for requests of one network and product. Null when nothing is known of
   * it, as before the first rotation.
   */
  readonly network: string | null;
}

/** What decides whether a session is alive at all. */
export interface Liveness {
  readonly createdAt: EpochSeconds;
  /** Absolute end, fixed at login: no refresh moves it. */
  readonly expiresAt: EpochSeconds;
  /** The session also ends when it was neither rotated nor used for this long. Fixed at login. */
  readonly idleSeconds: number;
  /** When a client session was last created under it by its current token; null before the first. */
  readonly usedAt: EpochSeconds | null;
  /** When the session was ended, or null. */
  readonly revokedAt: EpochSeconds | null;
  /** The subject's epoch at login. */
  readonly epoch: number;
  /** The subject's epoch when the record was read; above `epoch` means that the subject was revoked since. */
  readonly subjectEpoch: number;
}

/** The part of a session that the rotation rule reads. */
export interface RotatingSession extends RotationState, Liveness {
  readonly binding: Binding;
  /** Tokens of a generation below it are `superseded`: their owner has logged in again into this session. 0 until then. */
  readonly floor: number;
}

/** One login of one subject on one device: one record of constant size, whatever its age. */
export interface Session extends RotatingSession {
  /** 16 bytes, base64url. The first 4 are derived from the subject, see `stores/subject-tag.ts`. */
  readonly id: string;
  readonly subject: string;
  readonly clientId: string;
  /** Space-separated, RFC 6749 §3.3; may be empty. */
  readonly scope: string;
  /** The SSO session that it was created under; null for an SSO session, and for a client session of a device. */
  readonly parentId: string | null;
  /** When the user was last authenticated: at login, or later in this session. The tokens' `auth_time`. */
  readonly authTime: EpochSeconds;
  /** Resource servers that it may ask access tokens for, RFC 8707; at most 5. */
  readonly resources: readonly string[];
  /** Whether it outlives its parent: `offline_access` was granted. */
  readonly offline: boolean;
  /** Whether its client is somebody else's. */
  readonly thirdParty: boolean;
  /** Whether its client must be told when it ends. Cleared when the client has been told. */
  readonly logoutOwed: boolean;
  /** Authentication methods of the last authentication, RFC 8176. */
  readonly amr: readonly string[];
  /** Authentication context class of the last authentication, or null. */
  readonly acr: string | null;
  /** What the owner will recognise the device by, or null. */
  readonly device: string | null;
  /** SHA-256 of the session's secret, base64url. The secret itself is stored nowhere. */
  readonly secretHash: string;
  /** What holds for the session, as it was configured at login: a changed policy holds for new sessions. */
  readonly policy: Policy;
}

/** The initial rotation state of every session. */
export const initialRotation: RotationState = {
  generation: 0,
  fork: 0,
  previousFork: null,
  rotatedAt: null,
  seen: false,
  network: null,
};

/** The state after an ordinary rotation. The one place that spells it: the rule and every store's guard write this. */
export function rotated(
  { generation, fork }: Pick<RotationState, 'generation' | 'fork'>,
  now: EpochSeconds,
  network: string | null,
): RotationState {
  return { generation: generation + 1, fork: 0, previousFork: fork, rotatedAt: now, seen: false, network };
}

/** The part of a record that a refresh may change. */
export function rotationOf(session: RotationState): RotationState {
  const { generation, fork, previousFork, rotatedAt, seen, network } = session;
  return { generation, fork, previousFork, rotatedAt, seen, network };
}

/** The state after the owner has logged in again into the session: tokens from before are below the floor. */
export function reauthenticated(
  session: RotationState,
  now: EpochSeconds,
  network: string | null,
): RotationState & Pick<RotatingSession, 'floor'> {
  return { ...rotated(session, now, network), floor: session.generation + 1 };
}

/** What says when a session was last in use. */
export type InUse = Pick<RotatingSession, 'rotatedAt' | 'createdAt' | 'usedAt'>;

/** When the session was last refreshed or used; when it was created, before that. */
export function lastUsedAt({ rotatedAt, createdAt, usedAt }: InUse): EpochSeconds {
  return Math.max(rotatedAt ?? createdAt, usedAt ?? 0);
}

/** The instant from which the session is idle-expired, given that nothing rotates or uses it before. */
export function idleExpiresAt(session: InUse & Pick<Liveness, 'idleSeconds'>): EpochSeconds {
  return lastUsedAt(session) + session.idleSeconds;
}

/** Whether somebody ended the session or all sessions of its subject. Expiry is not asked. */
export function isRevoked(session: Pick<Liveness, 'revokedAt' | 'epoch' | 'subjectEpoch'>): boolean {
  return session.revokedAt !== null || session.epoch < session.subjectEpoch;
}

/** Whether two records stand at the same point of the rotation: what a compare-and-swap compares. */
export function isSameRotation(left: RotationState, right: RotationState): boolean {
  return (
    left.generation === right.generation &&
    left.fork === right.fork &&
    left.previousFork === right.previousFork &&
    left.rotatedAt === right.rotatedAt &&
    left.seen === right.seen &&
    left.network === right.network
  );
}

/** Whether the session is dead, and of what; null while it lives. An end by revocation is reported before expiry. */
export function endOf(
  session: Pick<RotatingSession, 'rotatedAt'> & Liveness,
  now: EpochSeconds,
): 'revoked' | 'expired' | null {
  if (isRevoked(session)) return 'revoked';
  if (now >= session.expiresAt || now >= idleExpiresAt(session)) return 'expired';
  return null;
}
