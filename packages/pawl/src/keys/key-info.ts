import type { EpochSeconds } from '../base/clock.js';
import type { AccessAlgorithm } from '../jose/algorithms.js';
import type { KeyUse } from './key-uses.js';

/**
 * `announced`: accepted, does not sign yet. `active`: signs. `retiring`: accepted, signs no more. `retired`: not accepted.
 * `compromised`: not accepted, but for a refresh key, which is until its last token is too old.
 */
export type KeyState = 'announced' | 'active' | 'retiring' | 'retired' | 'compromised';

/** What may be shown of one key: no private part. */
export interface KeyInfo {
  /** The kid of a key that signs; four hexadecimal digits for a secret. */
  readonly id: string;
  readonly use: KeyUse;
  readonly algorithm: AccessAlgorithm | 'HS256';
  readonly state: KeyState;
  readonly createdAt: EpochSeconds;
  /** When it began to sign or, while announced, when it is due to. */
  readonly activatesAt: EpochSeconds;
  /** When it stopped signing; null before. */
  readonly retiringAt: EpochSeconds | null;
  /** When it is accepted no more; null while that is not known. */
  readonly endsAt: EpochSeconds | null;
  readonly compromisedAt: EpochSeconds | null;
}
