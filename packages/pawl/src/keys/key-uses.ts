import type { AccessAlgorithm } from '../jose/algorithms.js';
import type { MacKey, SigningKey } from './key.js';
import type { KeySchedule } from './schedule.js';

/** What a key of the ring is for, and what it can do. */
export interface KeysByUse {
  /** Signs access tokens. */
  readonly access: SigningKey;
  /** Authenticates refresh and session tokens, and what lives shorter than they do. */
  readonly refresh: MacKey;
  /** Protects authorization codes. */
  readonly code: MacKey;
  /** Protects the request that a login page holds until it is answered. */
  readonly interaction: MacKey;
  /** Signs ID tokens. */
  readonly 'id-token': SigningKey;
}

export type KeyUse = keyof KeysByUse;

/** The uses whose first key is made when it is asked for. */
export type AskedUse = Exclude<KeyUse, 'access' | 'refresh'>;

/** The times of one use. */
export interface UseSchedule {
  readonly rotateEverySeconds: number | null;
  readonly announceSeconds: number;
  /** How long a key is accepted after its last use. */
  readonly retireSeconds: number;
}

/** Everything that distinguishes the keys of one use from those of another. */
export interface KeyUseEntry {
  /** `pair`: signs, and its public part is in the JWKS. `secret`: makes MACs, and never leaves the ring. */
  readonly material: 'pair' | 'secret';
  /** The algorithm of new pairs, where it is not the option's. */
  readonly algorithm?: AccessAlgorithm;
  /** Whether the ring always has a key of the use. Otherwise the first one is made when it is asked for. */
  readonly isStanding: boolean;
  /** Whether a leaked key goes on to be accepted until its last text is too old. */
  readonly outlivesLeak: boolean;
  schedule(schedule: KeySchedule): UseSchedule;
}

/**
 * Added to all retire times: a node goes on using the old key until its next poll, and clocks differ.
 */
export const nodeLagSeconds = 60;

/** How long an authorization code is good: RFC 6749 §4.1.2 asks for at most ten minutes, FAPI 2.0 for at most one. */
const codeSeconds = 60;

/** How long a person may take to log in and to consent. */
const interactionSeconds = 3600;

function pairTimes(schedule: KeySchedule): UseSchedule {
  return {
    rotateEverySeconds: schedule.rotateAccessEverySeconds,
    announceSeconds: schedule.announceAccessSeconds,
    retireSeconds: schedule.retireAccessSeconds + nodeLagSeconds,
  };
}

function secretTimes(schedule: KeySchedule, acceptedSeconds: number): UseSchedule {
  return {
    rotateEverySeconds: schedule.rotateRefreshEverySeconds,
    announceSeconds: schedule.announceRefreshSeconds,
    retireSeconds: acceptedSeconds + nodeLagSeconds,
  };
}

/** Every use that a key of the ring can have. */
export const keyUses: Readonly<Record<KeyUse, KeyUseEntry>> = {
  access: { material: 'pair', isStanding: true, outlivesLeak: false, schedule: pairTimes },
  // Alone it forges no session, and refusing its tokens would log people out.
  refresh: {
    material: 'secret',
    isStanding: true,
    outlivesLeak: true,
    schedule: (schedule) => secretTimes(schedule, schedule.retireRefreshSeconds),
  },
  code: {
    material: 'secret',
    isStanding: false,
    outlivesLeak: false,
    schedule: (schedule) => secretTimes(schedule, codeSeconds),
  },
  interaction: {
    material: 'secret',
    isStanding: false,
    outlivesLeak: false,
    schedule: (schedule) => secretTimes(schedule, interactionSeconds),
  },
  // OpenID Connect Discovery 1.0 §3 asks every provider for RS256.
  'id-token': {
    material: 'pair',
    algorithm: 'RS256',
    isStanding: false,
    outlivesLeak: false,
    schedule: pairTimes,
  },
};

export const keyUseNames: readonly KeyUse[] = Object.keys(keyUses) as KeyUse[];

/** Whether a text is the name of a use. */
export function isKeyUse(text: unknown): text is KeyUse {
  return typeof text === 'string' && Object.hasOwn(keyUses, text);
}
