import type { EpochSeconds } from '../base/clock.js';

/** The longest that {@link ReplayStore} has to remember anything. */
export const maxReplaySeconds = 3600;

/** Proofs that were shown once and may not be shown again. Holds nothing but what has not expired, so its size is bounded. */
export interface ReplayStore {
  /**
   * Notes that `key` was shown. Resolves to true for exactly one of any number of calls until `expiresAt`, and to false for the others; at
   * `expiresAt` the key is as good as new. What was noted may be lost by a crash. After an unknown outcome a repetition may resolve to
   * false. Entries go by themselves, or by `sweep` and later calls.
   *
   * @param key - 1 to 64 characters of base64url
   * @param expiresAt - at most {@link maxReplaySeconds} after `now`
   */
  remember(key: string, expiresAt: EpochSeconds, now: EpochSeconds): Promise<boolean>;
}
