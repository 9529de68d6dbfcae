const firstSeconds = 0.25;
/** When the network is back, nobody waits longer than this. */
const longestSeconds = 15;
const firstDeadlineSeconds = 5;
const longestDeadlineSeconds = 25;

/** How long to wait after the n-th try, spread so that clients do not come back together. The first retries fall into the issuer's window. */
export function backoffSeconds(attempt: number, fraction: number, retryAfterSeconds: number): number {
  const seconds = Math.min(firstSeconds * 2 ** attempt, longestSeconds) * (0.5 + fraction / 2);
  return Math.max(seconds, retryAfterSeconds * (1 + fraction / 10));
}

/** How long the n-th try waits for its answer: short at first, longer for a network that is slow rather than broken. */
export function deadlineSeconds(attempt: number): number {
  return Math.min(firstDeadlineSeconds * 2 ** attempt, longestDeadlineSeconds);
}
