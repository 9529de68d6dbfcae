import type { EpochSeconds } from '../base/clock.js';

/** The highest generation that a refresh token has room for: 4 bytes. */
export const maxGeneration = 0xffff_ffff;

/** The highest fork that a refresh token has room for: 1 byte. */
export const maxFork = 0xff;

/** What a rotation changes. Nothing else of a session moves after login, apart from its end. */
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
  /** Names the proof key that the session belongs to, by its JWK thumbprint (RFC 7638); null for a bearer session. */
  readonly boundKey: string | null;
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
}

/** The initial rotation state of every session. */
export const initialRotation: RotationState = {
  generation: 0,
  fork: 0,
  previousFork: null,
  rotatedAt: null,
  seen: false,
};

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
    left.seen === right.seen
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
