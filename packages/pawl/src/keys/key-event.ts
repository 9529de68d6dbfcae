import type { EpochSeconds } from '../base/clock.js';
import type { KeyInfo, KeyUse } from './ring-state.js';

interface KeyEventBase {
  readonly at: EpochSeconds;
  readonly use: KeyUse;
  readonly keyId: string;
  readonly algorithm: KeyInfo['algorithm'];
}

/**
 * What happened to a key. `key.announced`: it is accepted and will sign at `activatesAt`. `key.rotated`: it signs from now
 * on, in the place of `previousKeyId` (null for the first key of a use). `key.retired`: it is accepted no more and its private part is
 * erased. `key.compromised`: somebody reported it as leaked.
 */
export type KeyEvent =
  | (KeyEventBase & { readonly type: 'key.announced'; readonly activatesAt: EpochSeconds })
  | (KeyEventBase & { readonly type: 'key.rotated'; readonly previousKeyId: string | null })
  | (KeyEventBase & { readonly type: 'key.retired' })
  | (KeyEventBase & { readonly type: 'key.compromised' });
