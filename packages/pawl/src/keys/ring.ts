import type { EpochSeconds } from '../base/clock.js';
import type { Random } from '../base/random.js';
import type { DocumentStore } from '../stores/store.js';
import type { AccessAlgorithm } from './algorithms.js';
import type { PublicJwk } from './jwk.js';
import type { AccessKey, RefreshKey } from './key.js';
import type { KeyEvent } from './key-event.js';
import type { MasterKey } from './master-key.js';
import type { KeyInfo, KeyUse } from './ring-state.js';
import type { KeySchedule } from './schedule.js';

/** The keys that all nodes on one store share. Everything but `poll`, `rotate` and `compromise` answers from memory. */
export interface KeyRing {
  /** The key that signs access tokens now. */
  accessKey(): AccessKey;
  /** The key with this kid while tokens signed by it are accepted: announced, active or retiring; otherwise null. */
  findAccessKey(kid: string): AccessKey | null;
  /** The key that authenticates new refresh tokens now. */
  refreshKey(): RefreshKey;
  /**
   * The key with this id while its tokens are accepted: announced, active, retiring, and compromised until its last token
   * is too old, because a leaked refresh key alone forges nothing; otherwise null.
   */
  findRefreshKey(id: number): RefreshKey | null;
  /** Announced, active and retiring access keys, the active one first. The same object until the ring changes. */
  jwks(): { readonly keys: readonly PublicJwk[] };
  /**
   * Loads the ring when another node changed it, and makes the state changes that are due. One read of the store when nothing is;
   * meant to be called every second. Calls that overlap share one run.
   *
   * @throws PawlError `store_unavailable`, `key_ring_conflict`, `master_key_wrong`, `store_incompatible`: the keys in memory stay in use
   */
  poll(now: EpochSeconds): Promise<void>;
  /** The `now` of the last call that read the store with success. */
  loadedAt(): EpochSeconds;
  /**
   * Announces a successor now; it signs after the announce time. When one is announced already, resolves to that one: repeating is safe.
   *
   * @throws PawlError as `poll`
   */
  rotate(use: KeyUse, now: EpochSeconds): Promise<KeyInfo>;
  /**
   * Marks a key as leaked. An access key is refused at once, and a successor signs at once. A refresh key keeps verifying, and its
   * successor signs after the announce time. A key that is retired or compromised already stays as it is: the state of the result tells.
   *
   * @param id - as in `list()`
   * @throws PawlError `key_unknown`, and as `poll`
   */
  compromise(id: string, now: EpochSeconds): Promise<KeyInfo>;
  /** Every key of the ring, oldest first, ended ones for `keepEndedSeconds`. */
  list(): readonly KeyInfo[];
}

export interface KeyRingOptions {
  readonly documents: DocumentStore;
  /** The first wraps; all of them unwrap. */
  readonly masterKeys: readonly MasterKey[];
  /** Algorithm of new access keys. When the active key has another, a successor is announced. */
  readonly algorithm: AccessAlgorithm;
  readonly schedule?: Partial<KeySchedule>;
  readonly now: EpochSeconds;
  readonly random?: Random;
  /** Called by the node whose change was stored, after it is in use here. Must not throw. */
  readonly onEvent?: (event: KeyEvent) => void;
}

export declare function openKeyRing(options: KeyRingOptions): Promise<KeyRing>;
