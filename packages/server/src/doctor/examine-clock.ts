import { policies } from 'pawl';
import type { Config } from '../config/config.js';
import { type Finding, fail, ok, warn } from './finding.js';

/** Below this, clocks that are kept by NTP differ now and then. */
const noticedSeconds = 1;

/**
 * Judges how far the clock of a store's server is from ours. Pawl writes the times of this machine, so what counts is that all servers
 * of a store agree; each compares itself with the store.
 */
export function examineClock(
  server: string,
  offsetSeconds: number | null,
  { policy, windowSeconds }: Pick<Config, 'policy' | 'windowSeconds'>,
): Finding {
  if (offsetSeconds === null) return warn(`${server} does not say what time it is.`);
  const apart = Math.abs(offsetSeconds);
  const text = `The clock of ${server} is ${apart.toFixed(1)} s ${offsetSeconds < 0 ? 'behind' : 'ahead of'} this machine's`;
  const window = windowSeconds ?? policies[policy].windowSeconds;
  if (window > 0 && apart > window / 2) {
    return fail(
      `${text}: servers whose clocks differ by more than half the window of ${window} s take retries for theft; synchronise them.`,
    );
  }
  return apart > noticedSeconds ? warn(`${text}; synchronise them.`) : ok(`${text}.`);
}
