import type { EpochSeconds } from '../base/clock.js';
import type { AccessAlgorithm } from '../jose/algorithms.js';
import type { KeyInfo } from './key-info.js';
import { type KeyUse, keyUseNames, keyUses } from './key-uses.js';
import type { KeySchedule } from './schedule.js';
import type { SaltId, SealedPart } from './sealed-part.js';

/** One key of the ring. It is accepted exactly as long as its private part is kept. */
export interface RingEntry extends KeyInfo {
  readonly sealed: SealedPart | null;
}

export interface SaltEntry {
  readonly id: SaltId;
  readonly sealed: SealedPart;
}

/** The ring as all nodes share it. */
export interface Ring {
  /** Plus 1 with each change; tells a ring that the store lost from one that another node moved on. */
  readonly revision: number;
  /** Id of the next secret of any use; counts up so that an id is not used again while anybody remembers it. */
  readonly nextRefreshId: number;
  /** Oldest first. */
  readonly entries: readonly RingEntry[];
  readonly salts: readonly SaltEntry[];
}

export const emptyRing: Ring = { revision: 0, nextRefreshId: 1, entries: [], salts: [] };

/** A key as it is made, before it has a place in the ring. */
export type NewEntry = Pick<RingEntry, 'id' | 'use' | 'algorithm'> & { readonly sealed: SealedPart };

const maxSecretId = 0xffff;

/** The key that signs: the active one, or a compromised one whose successor is not known to every node yet. */
export function signerOf(ring: Ring, use: KeyUse): RingEntry | null {
  return ring.entries.find((entry) => entry.use === use && isSigner(entry)) ?? null;
}

function isSigner(entry: RingEntry): boolean {
  return entry.state === 'active' || (entry.state === 'compromised' && entry.retiringAt === null);
}

/** The key that will sign next. There is at most one of each use. */
export function announcedOf(ring: Ring, use: KeyUse): RingEntry | null {
  return ring.entries.find((entry) => entry.use === use && entry.state === 'announced') ?? null;
}

/**
 * Makes the state changes that are due at `now`. Pure.
 *
 * @returns the same object when nothing is due
 */
export function advanceRing(ring: Ring, schedule: KeySchedule, now: EpochSeconds): Ring {
  const taking = keyUseNames.filter((use) => {
    const next = announcedOf(ring, use);
    return next !== null && (next.activatesAt <= now || signerOf(ring, use) === null);
  });
  const entries = ring.entries
    .map((entry) => (taking.includes(entry.use) ? handOver(entry, schedule, now) : entry))
    .map((entry) => endWhenDue(entry, now))
    .filter((entry) => !isForgotten(entry, schedule, now));
  const same =
    entries.length === ring.entries.length && entries.every((entry, at) => entry === ring.entries[at]);
  return same ? ring : { ...ring, entries };
}

/** The announced key signs, and the one that signed until now stops. */
function handOver(entry: RingEntry, schedule: KeySchedule, now: EpochSeconds): RingEntry {
  if (entry.state === 'announced') return { ...entry, state: 'active', activatesAt: now };
  if (!isSigner(entry)) return entry;
  return {
    ...entry,
    state: entry.state === 'active' ? 'retiring' : entry.state,
    retiringAt: now,
    endsAt: now + keyUses[entry.use].schedule(schedule).retireSeconds,
  };
}

function endWhenDue(entry: RingEntry, now: EpochSeconds): RingEntry {
  if (entry.sealed === null || entry.endsAt === null || now < entry.endsAt) return entry;
  return { ...entry, state: entry.state === 'retiring' ? 'retired' : entry.state, sealed: null };
}

function isForgotten(entry: RingEntry, schedule: KeySchedule, now: EpochSeconds): boolean {
  return entry.endsAt !== null && entry.sealed === null && now >= entry.endsAt + schedule.keepEndedSeconds;
}

/**
 * The uses that need a successor at `now`: no key signs, the one that signs is compromised, or of another algorithm than new ones, or due to be
 * replaced when the announce time is over. A use that is not standing needs none until it has had a key.
 */
export function successorsDue(
  ring: Ring,
  schedule: KeySchedule,
  algorithm: AccessAlgorithm,
  now: EpochSeconds,
): readonly KeyUse[] {
  return keyUseNames.filter((use) => {
    if (announcedOf(ring, use) !== null) return false;
    const signer = signerOf(ring, use);
    if (signer === null) return keyUses[use].isStanding || ring.entries.some((entry) => entry.use === use);
    if (signer.state === 'compromised' || signer.algorithm !== algorithmOf(use, algorithm)) return true;
    const { rotateEverySeconds, announceSeconds } = keyUses[use].schedule(schedule);
    return rotateEverySeconds !== null && now >= signer.activatesAt + rotateEverySeconds - announceSeconds;
  });
}

/** The algorithm of new keys of a use. @param algorithm - the option's */
function algorithmOf(use: KeyUse, algorithm: AccessAlgorithm): KeyInfo['algorithm'] {
  const { material, algorithm: own = algorithm } = keyUses[use];
  return material === 'secret' ? 'HS256' : own;
}

/** Adds an announced key. It is due at once when no key of its use signs. */
export function addSuccessor(ring: Ring, key: NewEntry, schedule: KeySchedule, now: EpochSeconds): Ring {
  const wait = signerOf(ring, key.use) === null ? 0 : keyUses[key.use].schedule(schedule).announceSeconds;
  const entry: RingEntry = {
    ...key,
    state: 'announced',
    createdAt: now,
    activatesAt: now + wait,
    retiringAt: null,
    endsAt: null,
    compromisedAt: null,
  };
  const nextRefreshId =
    keyUses[key.use].material === 'secret'
      ? (Number.parseInt(key.id, 16) % maxSecretId) + 1
      : ring.nextRefreshId;
  return { ...ring, nextRefreshId, entries: [...ring.entries, entry] };
}

/** The id of the next secret: the counter, past ids that are still in the ring. */
export function freeSecretId(ring: Ring): number {
  const taken = new Set(ring.entries.map(({ id }) => id));
  let id = ring.nextRefreshId;
  while (taken.has(secretIdText(id))) id = (id % maxSecretId) + 1;
  return id;
}

export function secretIdText(id: number): string {
  return id.toString(16).padStart(4, '0');
}

/**
 * Marks a key as leaked. The successor takes over in `advanceRing`, after `successorsDue` has had one made.
 *
 * @returns the same object when there is no such key, or it is retired or compromised already
 */
export function compromiseKey(ring: Ring, id: string, schedule: KeySchedule, now: EpochSeconds): Ring {
  const target = ring.entries.find((entry) => entry.id === id);
  if (target === undefined || target.state === 'retired' || target.state === 'compromised') return ring;
  const latest = now + keyUses[target.use].schedule(schedule).announceSeconds;
  const entries = ring.entries.map((entry): RingEntry => {
    if (entry === target) return leaked(entry, now);
    const hurries = target.state === 'active' && entry.use === target.use && entry.state === 'announced';
    return hurries ? { ...entry, activatesAt: Math.min(entry.activatesAt, latest) } : entry;
  });
  return { ...ring, entries };
}

function leaked(entry: RingEntry, now: EpochSeconds): RingEntry {
  const marked: RingEntry = { ...entry, state: 'compromised', compromisedAt: now };
  // A key that has not signed yet leaves nothing behind that would have to be accepted.
  if (keyUses[entry.use].outlivesLeak && entry.state !== 'announced') return marked;
  return { ...marked, retiringAt: entry.retiringAt ?? now, endsAt: now, sealed: null };
}
