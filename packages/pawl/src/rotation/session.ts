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

/** What a refresh changes. Nothing else of a session moves after login, but its binding, its floor and its end, each once. */
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
  /** The session also ends when it was not rotated for this long. Fixed at login. */
  readonly idleSeconds: number;
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
  /** Authentication methods of the login, RFC 8176. */
  readonly amr: readonly string[];
  /** Authentication context class of the login, or null. */
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

/** The instant from which the session is idle-expired, given that nothing rotates it before. */
export function idleExpiresAt(
  session: Pick<RotatingSession, 'rotatedAt' | 'createdAt' | 'idleSeconds'>,
): EpochSeconds {
  return (session.rotatedAt ?? session.createdAt) + session.idleSeconds;
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
