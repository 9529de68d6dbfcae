import type { EpochSeconds } from '../base/clock.js';
import type { AccessAlgorithm } from '../jose/algorithms.js';
import { type KeyInfo, type KeyUse, keyUses } from './key-info.js';
import { type KeySchedule, scheduleOf } from './schedule.js';
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
  /** Id of the next refresh key; counts up so that an id is not used again while anybody remembers it. */
  readonly nextRefreshId: number;
  /** Oldest first. */
  readonly entries: readonly RingEntry[];
  readonly salts: readonly SaltEntry[];
}

export const emptyRing: Ring = { revision: 0, nextRefreshId: 1, entries: [], salts: [] };

/** A key as it is made, before it has a place in the ring. */
export type NewEntry = Pick<RingEntry, 'id' | 'use' | 'algorithm'> & { readonly sealed: SealedPart };

const maxRefreshId = 0xffff;

/** The key that signs: the active one, or a compromised refresh key whose successor is not known to every node yet. */
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
  const taking = keyUses.filter((use) => {
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
    endsAt: now + scheduleOf(schedule, entry.use).retireSeconds,
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
 * The uses that need a successor at `now`: no key signs, the one that signs is compromised, or of another algorithm than
 * `algorithm`, or due to be replaced when the announce time is over.
 */
export function successorsDue(
  ring: Ring,
  schedule: KeySchedule,
  algorithm: AccessAlgorithm,
  now: EpochSeconds,
): readonly KeyUse[] {
  return keyUses.filter((use) => {
    if (announcedOf(ring, use) !== null) return false;
    const signer = signerOf(ring, use);
    if (signer === null || signer.state === 'compromised') return true;
    if (use === 'access' && signer.algorithm !== algorithm) return true;
    const { rotateEverySeconds, announceSeconds } = scheduleOf(schedule, use);
    return rotateEverySeconds !== null && now >= signer.activatesAt + rotateEverySeconds - announceSeconds;
  });
}

/** Adds an announced key. It is due at once when no key of its use signs. */
export function addSuccessor(ring: Ring, key: NewEntry, schedule: KeySchedule, now: EpochSeconds): Ring {
  const wait = signerOf(ring, key.use) === null ? 0 : scheduleOf(schedule, key.use).announceSeconds;
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
    key.use === 'refresh' ? (Number.parseInt(key.id, 16) % maxRefreshId) + 1 : ring.nextRefreshId;
  return { ...ring, nextRefreshId, entries: [...ring.entries, entry] };
}

/** The id of the next refresh key: the counter, past ids that are still in the ring. */
export function freeRefreshId(ring: Ring): number {
  const taken = new Set(ring.entries.map(({ id }) => id));
  let id = ring.nextRefreshId;
  while (taken.has(refreshIdText(id))) id = (id % maxRefreshId) + 1;
  return id;
}

export function refreshIdText(id: number): string {
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
  const latest = now + scheduleOf(schedule, target.use).announceSeconds;
  const entries = ring.entries.map((entry): RingEntry => {
    if (entry === target) return leaked(entry, now);
    const hurries = target.state === 'active' && entry.use === target.use && entry.state === 'announced';
    return hurries ? { ...entry, activatesAt: Math.min(entry.activatesAt, latest) } : entry;
  });
  return { ...ring, entries };
}

function leaked(entry: RingEntry, now: EpochSeconds): RingEntry {
  const marked: RingEntry = { ...entry, state: 'compromised', compromisedAt: now };
  // A refresh key that has signed keeps verifying: alone it forges nothing, and refusing its tokens would log people out.
  if (entry.use === 'refresh' && entry.state !== 'announced') return marked;
  return { ...marked, retiringAt: entry.retiringAt ?? now, endsAt: now, sealed: null };
}
