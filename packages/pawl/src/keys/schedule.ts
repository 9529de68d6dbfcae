import { PawlError } from '../errors.js';
import type { KeyUse } from './key-info.js';

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

/**
 * Added to both retire times: a node goes on signing with the old key until its next poll, and clocks differ.
 */
export const nodeLagSeconds = 60;

/** Retiring keys of one use at any time; bounds the ring's document. */
const maxRetiringKeys = 32;

/** The times of one use. */
export interface UseSchedule {
  readonly rotateEverySeconds: number | null;
  readonly announceSeconds: number;
  readonly retireSeconds: number;
}

export function scheduleOf(schedule: KeySchedule, use: KeyUse): UseSchedule {
  return use === 'access'
    ? {
        rotateEverySeconds: schedule.rotateAccessEverySeconds,
        announceSeconds: schedule.announceAccessSeconds,
        retireSeconds: schedule.retireAccessSeconds + nodeLagSeconds,
      }
    : {
        rotateEverySeconds: schedule.rotateRefreshEverySeconds,
        announceSeconds: schedule.announceRefreshSeconds,
        retireSeconds: schedule.retireRefreshSeconds + nodeLagSeconds,
      };
}

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
  checkFrequency(schedule, 'access', 'rotateAccessEverySeconds');
  checkFrequency(schedule, 'refresh', 'rotateRefreshEverySeconds');
  return schedule;
}

function checkFrequency(schedule: KeySchedule, use: KeyUse, name: keyof KeySchedule): void {
  const { rotateEverySeconds, announceSeconds, retireSeconds } = scheduleOf(schedule, use);
  if (rotateEverySeconds === null) return;
  const least = Math.max(announceSeconds, retireSeconds / maxRetiringKeys);
  if (rotateEverySeconds < least) {
    throw invalid(
      name,
      `is ${String(rotateEverySeconds)}; it must be at least ${String(least)}: the announce time, and the retire time divided by ${String(maxRetiringKeys)}`,
    );
  }
}

function invalid(name: string, rule: string): PawlError {
  return new PawlError('option_invalid', `Option schedule.${name} ${rule}.`);
}
