import type { Random } from '../base/random.js';
import type { AccessAlgorithm } from '../jose/algorithms.js';
import { generateSigningKey, macSecretBytes } from './key.js';
import { type KeyUse, keyUses } from './key-uses.js';
import type { MasterKey } from './master-key.js';
import { freeSecretId, type NewEntry, type Ring, secretIdText } from './ring-state.js';
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
  const pairs = new Map<KeyUse, Promise<NewEntry>>();
  return {
    make(use, ring) {
      const { material, algorithm: own = algorithm } = keyUses[use];
      if (material === 'secret') return makeSecret(use, freeSecretId(ring), master, random);
      let pair = pairs.get(use);
      if (pair === undefined) pairs.set(use, (pair = makePair(use, own, master)));
      return pair;
    },
  };
}

async function makePair(use: KeyUse, algorithm: AccessAlgorithm, master: MasterKey): Promise<NewEntry> {
  const { key, privatePart } = await generateSigningKey(algorithm);
  const owner = { id: key.id, use, algorithm };
  return { ...owner, sealed: await seal(master, owner, privatePart) };
}

async function makeSecret(use: KeyUse, id: number, master: MasterKey, random: Random): Promise<NewEntry> {
  const owner = { id: secretIdText(id), use, algorithm: 'HS256' } as const;
  return { ...owner, sealed: await seal(master, owner, random.bytes(macSecretBytes)) };
}
