import type { EpochSeconds } from '../base/clock.js';
import type { KeyRing } from '../keys/index.js';
import type { Store } from '../stores/index.js';
import type { ClaimsHook } from './authority.js';
import type { EventBus } from './events.js';
import type { ResolvedOptions } from './options.js';
import type { Outages } from './outages.js';
import type { SessionCache } from './session-cache.js';

/** What every use case works with. */
export interface Context {
  readonly options: ResolvedOptions;
  readonly store: Store;
  readonly ring: KeyRing;
  readonly events: EventBus;
  readonly claims: ClaimsHook | null;
  readonly outages: Outages;
  /** Compromised access keys that this node has told the verifiers of. */
  readonly toldKeys: Set<string>;
  /** With `mode: 'session'` only. */
  readonly sessionCache: SessionCache | null;
  now(): EpochSeconds;
}
