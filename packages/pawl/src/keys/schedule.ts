/** When keys of the ring change their state. All in seconds. */
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
  /** How long a refresh-token key is accepted after its last signature: at least the absolute session lifetime. */
  readonly retireRefreshSeconds: number;
  /** How long caches may keep the JWKS: the max-age of its answer. */
  readonly jwksMaxAgeSeconds: number;
  /** How long an ended key stays in the list, without its private part. */
  readonly keepEndedSeconds: number;
}
