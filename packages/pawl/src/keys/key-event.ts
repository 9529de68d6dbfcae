import type { EpochSeconds } from '../base/clock.js';
import type { KeyUse } from './key-uses.js';
import type { KeyInfo } from './key-info.js';
import { type Ring, type RingEntry, signerOf } from './ring-state.js';

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

/** What happened between two versions of the ring. */
export function keyEventsBetween(before: Ring, after: Ring, at: EpochSeconds): readonly KeyEvent[] {
  const known = new Map(before.entries.map((entry) => [entry.id, entry]));
  return after.entries.flatMap((entry) => eventsOf(known.get(entry.id) ?? null, entry, before, at));
}

function eventsOf(
  old: RingEntry | null,
  entry: RingEntry,
  before: Ring,
  at: EpochSeconds,
): readonly KeyEvent[] {
  const base = { at, use: entry.use, keyId: entry.id, algorithm: entry.algorithm };
  if (entry.compromisedAt !== null && (old === null || old.compromisedAt === null)) {
    return [{ ...base, type: 'key.compromised' }];
  }
  if (entry.state === 'active' && old?.state !== 'active') {
    return [{ ...base, type: 'key.rotated', previousKeyId: signerOf(before, entry.use)?.id ?? null }];
  }
  if (old === null) {
    return entry.state === 'announced'
      ? [{ ...base, type: 'key.announced', activatesAt: entry.activatesAt }]
      : [];
  }
  return old.sealed !== null && entry.sealed === null ? [{ ...base, type: 'key.retired' }] : [];
}
