import type { BoundedMap } from '../base/bounded-map.js';
import type { EpochSeconds } from '../base/clock.js';
import type { KeyRing } from '../keys/index.js';
import type { RefusedDecision } from '../rotation/decide.js';
import type { Store } from '../stores/index.js';
import type { ClaimsHook } from './custom-claims.js';
import type { EventBus } from './events.js';
import type { ResolvedOptions } from './options.js';
import type { Lanes } from './lanes.js';
import type { KnownOutagesOfNode } from './outages.js';
import type { StoreClock } from './store-clock.js';
import type { SessionCache } from './session-cache.js';

/** A refusal that ends something. */
export type Theft = Extract<RefusedDecision, { outcome: 'reused' | 'wrong-key' }>;

/** What every use case works with. */
export interface Context {
  readonly options: ResolvedOptions;
  readonly store: Store;
  readonly ring: KeyRing;
  readonly events: EventBus;
  readonly claims: ClaimsHook | null;
  readonly outages: KnownOutagesOfNode;
  readonly lanes: Lanes;
  /** Thefts that were told although the store did not say whether their sessions ended: by session, what the rule asked for. */
  readonly toldThefts: BoundedMap<string, Theft>;
  /** Compromised access keys that this node has told the verifiers of. */
  readonly toldKeys: Set<string>;
  /** With `mode: 'session'` only. */
  readonly sessionCache: SessionCache | null;
  /** From where requests came lately, so that the same place is worked out once. */
  readonly networks: BoundedMap<string, string>;
  readonly clock: StoreClock;
  /** What was told last of the node itself. */
  readonly reported: { clockDifferenceSeconds: number };
  /** The time by the clock of the store, which sessions follow. */
  now(): EpochSeconds;
  /** The time by the clock of this machine, which access tokens and proofs follow. */
  machineNow(): EpochSeconds;
}
