import type { KeySchedule } from '../keys/index.js';
import { invalid, kindOf } from '../option-checks.js';
import { ringStaleSeconds } from './ring-freshness.js';

/**
 * The schedule of the key ring. Keys have to be accepted for as long as a token that they protect can be presented: shorter would log people out.
 *
 * @throws PawlError `option_invalid` naming the member that breaks its rule
 */
export function resolveKeySchedule(
  schedule: Partial<KeySchedule>,
  accessSeconds: number,
  absoluteSeconds: number,
): Partial<KeySchedule> {
  if (typeof schedule !== 'object' || Array.isArray(schedule)) {
    throw invalid('keySchedule', `is ${kindOf(schedule)}`, 'a key schedule, see KeySchedule');
  }
  const least = { retireAccessSeconds: accessSeconds, retireRefreshSeconds: absoluteSeconds } as const;
  const {
    retireAccessSeconds = least.retireAccessSeconds,
    retireRefreshSeconds = least.retireRefreshSeconds,
  } = schedule;
  if (retireAccessSeconds < least.retireAccessSeconds) {
    throw invalid(
      'keySchedule.retireAccessSeconds',
      `is ${String(retireAccessSeconds)}`,
      `at least accessSeconds, ${String(accessSeconds)}`,
    );
  }
  if (retireRefreshSeconds < least.retireRefreshSeconds) {
    throw invalid(
      'keySchedule.retireRefreshSeconds',
      `is ${String(retireRefreshSeconds)}`,
      `at least absoluteSeconds, ${String(absoluteSeconds)}`,
    );
  }
  const { announceRefreshSeconds } = schedule;
  if (announceRefreshSeconds !== undefined && announceRefreshSeconds < ringStaleSeconds) {
    throw invalid(
      'keySchedule.announceRefreshSeconds',
      `is ${String(announceRefreshSeconds)}`,
      `at least ${String(ringStaleSeconds)}: for so long a node takes a key that it has not read for one that does not exist`,
    );
  }
  return { ...schedule, retireAccessSeconds, retireRefreshSeconds };
}
