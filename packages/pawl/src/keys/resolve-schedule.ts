import { PawlError } from '../errors.js';
import { type KeyUseEntry, keyUses } from './key-uses.js';
import { defaultSchedule, type KeySchedule } from './schedule.js';

/** Retiring keys of one use at any time; bounds the ring's document. */
const maxRetiringKeys = 32;

/**
 * Fills in the defaults and checks the whole.
 *
 * @throws PawlError `option_invalid` for an unknown option, a number that is not positive, an announce time that is not
 * longer than the JWKS cache time, or rotation so frequent that too many keys would be retiring
 */
export function resolveSchedule(partial: Partial<KeySchedule>): KeySchedule {
  for (const [name, value] of Object.entries<unknown>(partial)) {
    if (!Object.hasOwn(defaultSchedule, name)) throw invalid(name, 'is not an option of the key schedule');
    if (value === undefined || (value === null && name.startsWith('rotate'))) continue;
    if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
      throw invalid(
        name,
        `is ${typeof value === 'number' ? String(value) : `a ${typeof value}`}; it must be a number of seconds above 0`,
      );
    }
  }
  const given = Object.fromEntries(
    Object.entries<unknown>(partial).filter(([, value]) => value !== undefined),
  );
  const schedule: KeySchedule = { ...defaultSchedule, ...given };
  if (schedule.announceAccessSeconds <= schedule.jwksMaxAgeSeconds) {
    throw invalid(
      'announceAccessSeconds',
      `is ${String(schedule.announceAccessSeconds)}; it must be longer than jwksMaxAgeSeconds, ${String(schedule.jwksMaxAgeSeconds)}, or verifiers meet a key that their cache does not have`,
    );
  }
  for (const entry of Object.values(keyUses)) checkFrequency(schedule, entry);
  return schedule;
}

function checkFrequency(schedule: KeySchedule, use: KeyUseEntry): void {
  const { rotateEverySeconds, announceSeconds, retireSeconds } = use.schedule(schedule);
  if (rotateEverySeconds === null) return;
  const least = Math.max(announceSeconds, retireSeconds / maxRetiringKeys);
  if (rotateEverySeconds < least) {
    throw invalid(
      use.material === 'pair' ? 'rotateAccessEverySeconds' : 'rotateRefreshEverySeconds',
      `is ${String(rotateEverySeconds)}; it must be at least ${String(least)}: the announce time, and the retire time divided by ${String(maxRetiringKeys)}`,
    );
  }
}

function invalid(name: string, rule: string): PawlError {
  return new PawlError('option_invalid', `Option schedule.${name} ${rule}.`);
}
