import type { Random } from '../base/random.js';
import type { AccessAlgorithm } from '../jose/algorithms.js';
import { generateSigningKey, refreshSecretBytes } from './key.js';
import type { MasterKey } from './master-key.js';
import { freeRefreshId, type KeyUse, type NewEntry, type Ring, refreshIdText } from './ring-state.js';
import { seal } from './sealed-part.js';

/** Makes the keys that one change of the ring adds. */
export interface SuccessorSource {
  make(use: KeyUse, ring: Ring): Promise<NewEntry>;
}

/** One source serves all attempts of one change: a lost swap does not cost another RSA key. */
export function createSuccessorSource(
  algorithm: AccessAlgorithm,
  master: MasterKey,
  random: Random,
): SuccessorSource {
  let access: Promise<NewEntry> | null = null;
  return {
    make(use, ring) {
      if (use === 'refresh') return makeRefresh(freeRefreshId(ring), master, random);
      access ??= makeAccess(algorithm, master);
      return access;
    },
  };
}

async function makeAccess(algorithm: AccessAlgorithm, master: MasterKey): Promise<NewEntry> {
  const { key, privatePart } = await generateSigningKey(algorithm);
  const owner = { id: key.id, use: 'access', algorithm } as const;
  return { ...owner, sealed: await seal(master, owner, privatePart) };
}

async function makeRefresh(id: number, master: MasterKey, random: Random): Promise<NewEntry> {
  const owner = { id: refreshIdText(id), use: 'refresh', algorithm: 'HS256' } as const;
  return { ...owner, sealed: await seal(master, owner, random.bytes(refreshSecretBytes)) };
}
