import { type Finding, fail, ok, warn } from './finding.js';

/** Below this, clocks that are kept by NTP differ now and then. */
const noticedSeconds = 1;

/** From here on proofs of possession by right clocks are refused: they may be 30 s ahead. */
const refusedSeconds = 30;

/**
 * Judges how far the clock of a store's server is from ours. Sessions follow the clock of the store; access tokens and proofs of possession follow this
 * machine's.
 */
export function examineClock(server: string, offsetSeconds: number | null): Finding {
  if (offsetSeconds === null) return warn(`${server} does not say what time it is.`);
  const apart = Math.abs(offsetSeconds);
  const text = `The clock of ${server} is ${apart.toFixed(1)} s ${offsetSeconds < 0 ? 'behind' : 'ahead of'} this machine's`;
  if (apart <= noticedSeconds) return ok(`${text}.`);
  const tokens = `Sessions follow the clock of ${server}, so windows hold; access tokens follow this machine's, and end ${apart.toFixed(1)} s too early or too late for whoever has the right time`;
  return apart >= refusedSeconds
    ? fail(`${text}. ${tokens}, and proofs of possession are refused. Synchronise them.`)
    : warn(`${text}. ${tokens}. Synchronise them.`);
}
