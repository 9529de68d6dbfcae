import type { EpochSeconds } from '../base/clock.js';
import { type Random, systemRandom } from '../base/random.js';
import { PawlError } from '../errors.js';
import type { DocumentStore } from '../stores/document-store.js';
import { type AccessAlgorithm, accessAlgorithms, isAccessAlgorithm } from '../jose/algorithms.js';
import type { Jwks } from '../jose/public-jwk.js';
import type { MacKey, SigningKey } from './key.js';
import type { KeyEvent } from './key-event.js';
import type { AskedUse, KeysByUse, KeyUse } from './key-uses.js';
import type { MasterKey } from './master-key.js';
import type { KeyInfo } from './key-info.js';
import { addSuccessor, announcedOf, compromiseKey, signerOf } from './ring-state.js';
import type { RingView } from './ring-view.js';
import { resolveSchedule } from './resolve-schedule.js';
import type { KeySchedule } from './schedule.js';
import { createSharedRing, type RingEdit, type SharedRing } from './shared-ring.js';

/** The keys that all nodes on one store share. Everything but `keyFor`, `poll`, `rotate` and `compromise` answers from memory. */
export interface KeyRing {
  /** The key that signs access tokens now. */
  accessKey(): SigningKey;
  /** The key with this kid while tokens signed by it are accepted: announced, active or retiring; otherwise null. */
  findAccessKey(kid: string): SigningKey | null;
  /** The key that authenticates new refresh tokens now. */
  refreshKey(): MacKey;
  /**
   * The key with this id while its tokens are accepted: announced, active, retiring, and compromised until its last token
   * is too old, because a leaked refresh key alone forges nothing; otherwise null.
   */
  findRefreshKey(id: number): MacKey | null;
  /**
   * The key of a use that signs now. It is made when it is asked for first, by whichever node is first; other nodes accept it from their next poll
   * on. Does NOT read the store when this node knows one.
   *
   * @throws PawlError as `poll`
   */
  keyFor<Use extends AskedUse>(use: Use, now: EpochSeconds): Promise<KeysByUse[Use]>;
  /** The key with this id while it is accepted: announced, active or retiring; otherwise null. */
  findKey<Use extends AskedUse>(use: Use, id: KeysByUse[Use]['id']): KeysByUse[Use] | null;
  /** Announced, active and retiring keys that sign: those of access tokens first, of each use the active one first. The same object until the ring changes. */
  jwks(): Jwks;
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
   * @throws PawlError `key_unknown` for a use that has no key yet, and as `poll`
   */
  rotate(use: KeyUse, now: EpochSeconds): Promise<KeyInfo>;
  /**
   * Marks a key as leaked. It is refused at once, and a successor signs at once; but a refresh key keeps verifying, and its successor signs after
   * the announce time. A key that is retired or compromised already stays as it is: the state of the result tells.
   *
   * @param id - as in `list()`
   * @throws PawlError `key_unknown`, and as `poll`
   */
  compromise(id: string, now: EpochSeconds): Promise<KeyInfo>;
  /** HMAC-SHA-256 of `input` under the salt of networks, which never changes. Synchronous. */
  networkMac(input: Uint8Array): Buffer;
  /** Every key of the ring, oldest first, ended ones for `keepEndedSeconds`. */
  list(): readonly KeyInfo[];
}

/** What a node needs to take part in the ring. */
export interface KeyRingOptions {
  readonly documents: DocumentStore;
  /**
   * The first wraps; all of them unwrap, and what is wrapped under a later one is wrapped anew at the next poll. To replace the
   * master key of several running nodes: give the new one second to every node, then first, then take the old one away.
   */
  readonly masterKeys: readonly MasterKey[];
  /**
   * What is made under the secrets of this ring belongs to this issuer: another one on the same store takes none of it. Default: to none.
   */
  readonly issuer?: string;
  /** Algorithm of new access keys. When the active key has another, a successor is announced. */
  readonly algorithm: AccessAlgorithm;
  readonly schedule?: Partial<KeySchedule>;
  readonly now: EpochSeconds;
  readonly random?: Random;
  /** Called by the node whose change was stored, after it is in use here. Must not throw. */
  readonly onEvent?: (event: KeyEvent) => void;
}

/**
 * Loads the ring from the store, or creates the first one; of several nodes that create it at once, one succeeds.
 *
 * Does NOT start a timer: the caller polls.
 *
 * @throws PawlError `option_invalid`, `master_key_wrong` when no master key opens the ring, `store_unavailable`,
 * `store_incompatible`, `key_ring_conflict`
 */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const [firstMaster] = options.masterKeys;
  if (firstMaster === undefined) {
    throw new PawlError(
      'option_invalid',
      'Option masterKeys is empty; it must have at least one master key.',
    );
  }
  if (!isAccessAlgorithm(options.algorithm)) {
    throw new PawlError('option_invalid', `Option algorithm must be one of ${accessAlgorithms.join(', ')}.`);
  }
  const shared = createSharedRing({
    documents: options.documents,
    masterKeys: options.masterKeys,
    firstMaster,
    issuer: options.issuer ?? null,
    algorithm: options.algorithm,
    schedule: resolveSchedule(options.schedule ?? {}),
    random: options.random ?? systemRandom,
    onEvent: options.onEvent ?? (() => undefined),
  });
  const view = await shared.update(options.now, unedited);
  return new NodeKeyRing(shared, view, options.now);
}

const unedited: RingEdit = (ring) => Promise.resolve(ring);

class NodeKeyRing implements KeyRing {
  readonly #shared: SharedRing;
  #view: RingView;
  #loadedAt: EpochSeconds;
  #last: Promise<unknown> = Promise.resolve();
  #polling: Promise<void> | null = null;

  constructor(shared: SharedRing, view: RingView, loadedAt: EpochSeconds) {
    this.#shared = shared;
    this.#view = view;
    this.#loadedAt = loadedAt;
  }

  accessKey(): SigningKey {
    return this.#view.accessSigner;
  }

  findAccessKey(kid: string): SigningKey | null {
    return this.#view.keys.access.accepted.get(kid) ?? null;
  }

  refreshKey(): MacKey {
    return this.#view.refreshSigner;
  }

  findRefreshKey(id: number): MacKey | null {
    return this.#view.keys.refresh.accepted.get(id) ?? null;
  }

  async keyFor<Use extends AskedUse>(use: Use, now: EpochSeconds): Promise<KeysByUse[Use]> {
    if (this.#view.keys[use].signer === null) {
      const { schedule } = this.#shared;
      await this.#update(now, async (ring, source) =>
        signerOf(ring, use) === null ? addSuccessor(ring, await source.make(use, ring), schedule, now) : ring,
      );
    }
    const { signer } = this.#view.keys[use];
    if (signer === null) throw lost();
    return signer;
  }

  findKey<Use extends AskedUse>(use: Use, id: KeysByUse[Use]['id']): KeysByUse[Use] | null {
    return this.#view.keys[use].accepted.get(id) ?? null;
  }

  jwks(): Jwks {
    return this.#view.jwks;
  }

  networkMac(input: Uint8Array): Buffer {
    return this.#view.salts.network.mac(input);
  }

  loadedAt(): EpochSeconds {
    return this.#loadedAt;
  }

  list(): readonly KeyInfo[] {
    return this.#view.infos;
  }

  poll(now: EpochSeconds): Promise<void> {
    this.#polling ??= this.#update(now, unedited).finally(() => {
      this.#polling = null;
    });
    return this.#polling;
  }

  async rotate(use: KeyUse, now: EpochSeconds): Promise<KeyInfo> {
    const { schedule } = this.#shared;
    await this.#update(now, async (ring, source) => {
      if (signerOf(ring, use) === null)
        throw keyUnknown('no key of this use yet; the first one is made when it is needed');
      return announcedOf(ring, use) === null
        ? addSuccessor(ring, await source.make(use, ring), schedule, now)
        : ring;
    });
    return this.#info(({ state, ...key }) => key.use === use && state === 'announced');
  }

  async compromise(id: string, now: EpochSeconds): Promise<KeyInfo> {
    const { schedule } = this.#shared;
    await this.#update(now, (ring) => {
      if (!ring.entries.some((entry) => entry.id === id)) {
        return Promise.reject(keyUnknown('no key with this id; list the keys to see their ids'));
      }
      return Promise.resolve(compromiseKey(ring, id, schedule, now));
    });
    return this.#info((key) => key.id === id);
  }

  /** One after another, so that a node never competes with itself for the swap. */
  #update(now: EpochSeconds, edit: RingEdit): Promise<void> {
    const run = async () => {
      this.#view = await this.#shared.update(now, edit);
      this.#loadedAt = now;
    };
    const result = this.#last.then(run, run);
    this.#last = result;
    return result;
  }

  #info(matches: (info: KeyInfo) => boolean): KeyInfo {
    const info = this.#view.infos.find(matches);
    if (info === undefined) throw lost();
    return info;
  }
}

function lost(): PawlError {
  return new PawlError('internal', 'The key ring lost a key that it has just stored.');
}

function keyUnknown(problem: string): PawlError {
  return new PawlError('key_unknown', `The key ring has ${problem}.`);
}
