/**
 * When keys of the ring change their state. All in seconds. The times of access-token keys are those of all keys that sign, the times of
 * refresh-token keys those of all secrets, but for the retire time of a secret, which follows from its use.
 */
export interface KeySchedule {
  /** How long an access-token key signs before its successor takes over; null: only when asked to. */
  readonly rotateAccessEverySeconds: number | null;
  /** How long a refresh-token key signs before its successor takes over; null: only when asked to. */
  readonly rotateRefreshEverySeconds: number | null;
  /** How long an access-token key is in the JWKS before it signs; longer than `jwksMaxAgeSeconds`. */
  readonly announceAccessSeconds: number;
  /** How long a refresh-token key is in the ring before it signs: every node must have polled in that time. */
  readonly announceRefreshSeconds: number;
  /** How long an access-token key is accepted after its last signature: at least one access-token lifetime. */
  readonly retireAccessSeconds: number;
  /** How long a refresh-token key is accepted after its last signature: at least the longest absolute lifetime of a living session. */
  readonly retireRefreshSeconds: number;
  /** How long caches may keep the JWKS: the max-age of its answer. */
  readonly jwksMaxAgeSeconds: number;
  /** How long an ended key stays in the list, without its private part. */
  readonly keepEndedSeconds: number;
}

const daySeconds = 86_400;

/** The defaults, each with its reason. */
export const defaultSchedule: KeySchedule = {
  // Long enough that nobody watches it, short enough that a rotation has been exercised before it is needed.
  rotateAccessEverySeconds: 90 * daySeconds,
  rotateRefreshEverySeconds: 90 * daySeconds,
  // Twelve times the JWKS cache time: caches that overstay are common.
  announceAccessSeconds: 3600,
  // Nodes poll every second; the rest is for clocks that differ and a node that pauses.
  announceRefreshSeconds: 60,
  // The default access-token lifetime, 300, twice.
  retireAccessSeconds: 600,
  // The default absolute session lifetime: a session may present a token that late.
  retireRefreshSeconds: 90 * daySeconds,
  // One JWKS request per verifier and five minutes; also the worst case for a verifier that does not ask again on an unknown kid.
  jwksMaxAgeSeconds: 300,
  // An operator who comes to look after a month still finds what happened.
  keepEndedSeconds: 30 * daySeconds,
};
