import type { EpochSeconds } from '../base/clock.js';
import type { Random } from '../base/random.js';
import { PawlError } from '../errors.js';
import type { DocumentStore, StoredDocument } from '../stores/document-store.js';
import type { AccessAlgorithm } from '../jose/algorithms.js';
import { type KeyEvent, keyEventsBetween } from './key-event.js';
import type { MasterKey } from './master-key.js';
import { parseRing, serializeRing } from './ring-document.js';
import {
  addSuccessor,
  advanceRing,
  emptyRing,
  type Ring,
  type RingEntry,
  type SaltEntry,
  successorsDue,
} from './ring-state.js';
import { openRing, type RingOpening, type RingView } from './ring-view.js';
import type { KeySchedule } from './schedule.js';
import { type Owner, saltIds, saltOwner, seal, type SealedPart, unseal } from './sealed-part.js';
import { createSuccessorSource, type SuccessorSource } from './successor.js';

/** A lost swap means that another node won, so this many nodes can change the ring at the same instant. */
const maxAttempts = 64;

const saltBytes = 32;

const collection = 'keys';
const documentKey = 'ring';

export interface SharedRingOptions extends RingOpening {
  readonly documents: DocumentStore;
  /** The first wraps; all of them unwrap. */
  readonly masterKeys: readonly MasterKey[];
  readonly firstMaster: MasterKey;
  readonly algorithm: AccessAlgorithm;
  readonly schedule: KeySchedule;
  readonly random: Random;
  readonly onEvent: (event: KeyEvent) => void;
}

/** A change that a caller wants besides those that are due. */
export type RingEdit = (ring: Ring, source: SuccessorSource) => Promise<Ring>;

/** What an attempt starts from: `stored` is the ring in the store, `ring` the newest one that is known. */
interface Base {
  readonly version: number;
  readonly stored: Ring | null;
  readonly ring: Ring;
}

export interface SharedRing {
  readonly schedule: KeySchedule;
  /**
   * Reads the ring, makes the changes that are due and those of `edit`, and stores the result by compare-and-swap; a lost swap starts
   * again from the fresh ring. Calls must not overlap.
   *
   * @returns the ring as it stands in the store, open
   * @throws PawlError `store_unavailable`, `key_ring_conflict`, `master_key_wrong`, `store_incompatible`
   */
  update(now: EpochSeconds, edit: RingEdit): Promise<RingView>;
}

/** This node's access to the ring that all nodes share. */
export function createSharedRing(options: SharedRingOptions): SharedRing {
  const { documents, schedule } = options;
  const resealed = new Set<string>();
  let view: RingView | null = null;
  let text: string | null = null;

  /** A ring in the store that is older than ours is one that the store lost writes of: ours is put back. */
  function baseOf(document: StoredDocument | null): Base {
    const ours = view?.ring ?? emptyRing;
    if (document === null) return { version: 0, stored: null, ring: ours };
    const stored = document.value === text ? ours : parseRing(document.value);
    return { version: document.version, stored, ring: stored.revision < ours.revision ? ours : stored };
  }

  async function adopt(ring: Ring, value: string): Promise<RingView> {
    if (view?.ring !== ring) view = await openRing(ring, options, view);
    text = value;
    return view;
  }

  async function attempt(
    now: EpochSeconds,
    edit: RingEdit,
    source: SuccessorSource,
  ): Promise<RingView | null> {
    const document = await documents.read(collection, documentKey);
    const base = baseOf(document);
    const edited = await edit(advanceRing(base.ring, schedule, now), source);
    const settled = await withSalts(await settle(edited, options, source, now), options);
    const due = dueForResealing(settled, options, resealed);
    const next = await reseal(settled, due, options);
    if (document !== null && next === base.stored) return adopt(next, document.value);
    const ring = { ...next, revision: base.ring.revision + 1 };
    const opened = await openRing(ring, options, view);
    const value = serializeRing(ring);
    if (!(await documents.write(collection, documentKey, base.version, value))) return null;
    for (const { id } of due) resealed.add(id);
    view = opened;
    text = value;
    for (const event of keyEventsBetween(base.ring, ring, now)) options.onEvent(event);
    return opened;
  }

  return {
    schedule,
    async update(now, edit) {
      const source = createSuccessorSource(options.algorithm, options.firstMaster, options.random);
      for (let tries = 0; tries < maxAttempts; tries++) {
        const updated = await attempt(now, edit, source);
        if (updated !== null) return updated;
      }
      throw new PawlError(
        'key_ring_conflict',
        `The key ring was changed by other nodes during each of ${String(maxAttempts)} attempts.`,
      );
    },
  };
}

/** Adds the successors that are due, and lets those sign that no key signs before. */
async function settle(
  ring: Ring,
  options: SharedRingOptions,
  source: SuccessorSource,
  now: EpochSeconds,
): Promise<Ring> {
  const { schedule, algorithm } = options;
  let settled = advanceRing(ring, schedule, now);
  for (const use of successorsDue(settled, schedule, algorithm, now)) {
    settled = addSuccessor(settled, await source.make(use, settled), schedule, now);
  }
  return advanceRing(settled, schedule, now);
}

/** Adds the salts that are missing. */
async function withSalts(ring: Ring, { firstMaster, random }: SharedRingOptions): Promise<Ring> {
  const missing = saltIds.filter((id) => !ring.salts.some((salt) => salt.id === id));
  if (missing.length === 0) return ring;
  const added = missing.map(
    async (id): Promise<SaltEntry> => ({
      id,
      sealed: await seal(firstMaster, saltOwner(id), random.bytes(saltBytes)),
    }),
  );
  return { ...ring, salts: [...ring.salts, ...(await Promise.all(added))] };
}

/**
 * What is wrapped under another master key of ours than the first. Each part once in the life of a node: while nodes are restarted with the
 * keys in another order, they would undo each other's work without end. What is wrapped under a key that this node was not given is left
 * alone: another node was given it first.
 *
 * @param done - ids of the parts that this node has wrapped anew, and stored
 */
function dueForResealing(
  ring: Ring,
  { firstMaster, masterKeys }: SharedRingOptions,
  done: ReadonlySet<string>,
): ReadonlySet<RingEntry | SaltEntry> {
  const older = new Set(masterKeys.map(({ id }) => id).filter((id) => id !== firstMaster.id));
  return new Set(
    [...ring.entries, ...ring.salts].filter(
      ({ id, sealed }) => sealed !== null && older.has(sealed.masterKeyId) && !done.has(id),
    ),
  );
}

/** Wraps what is due under the first master key. */
async function reseal(
  ring: Ring,
  due: ReadonlySet<RingEntry | SaltEntry>,
  { firstMaster, masterKeys }: SharedRingOptions,
): Promise<Ring> {
  if (due.size === 0) return ring;
  const again = async (owner: Owner, sealed: SealedPart): Promise<SealedPart> =>
    seal(firstMaster, owner, await unseal(masterKeys, owner, sealed));
  const entries = ring.entries.map(async (entry) =>
    entry.sealed === null || !due.has(entry) ? entry : { ...entry, sealed: await again(entry, entry.sealed) },
  );
  const salts = ring.salts.map(async (salt) =>
    due.has(salt) ? { ...salt, sealed: await again(saltOwner(salt.id), salt.sealed) } : salt,
  );
  return { ...ring, entries: await Promise.all(entries), salts: await Promise.all(salts) };
}
