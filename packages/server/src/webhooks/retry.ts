/**
 * When a message is tried again: after 5 s, and three times as long after each further failure, up to three hours. 15 attempts span
 * about 22 hours, which is longer than a night and shorter than the log is kept.
 */
export const retries = {
  firstDelaySeconds: 5,
  growth: 3,
  maxDelaySeconds: 10_800,
  /** The share by which a delay is made longer or shorter at random, so that receivers are not tried by all at once. */
  jitter: 0.2,
  maxAttempts: 15,
  /** A receiver that refuses a body as such refuses it again: the others should not wait for that. */
  maxRefusedAttempts: 5,
} as const;

/**
 * Seconds until the next attempt.
 *
 * @param failures - attempts in a row that this receiver did not take, at least 1
 * @param askedSeconds - what the receiver asks for; counts when it is longer, up to the longest delay
 * @param random - from 0 to 1
 */
export function retryDelaySeconds(failures: number, askedSeconds: number | null, random: number): number {
  const { firstDelaySeconds, growth, maxDelaySeconds, jitter } = retries;
  const nominal = Math.min(maxDelaySeconds, firstDelaySeconds * growth ** Math.min(failures - 1, 30));
  const spread = nominal * (1 + jitter * (2 * random - 1));
  return Math.max(spread, Math.min(maxDelaySeconds, askedSeconds ?? 0));
}
