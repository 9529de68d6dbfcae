import { PawlError } from '../errors.js';
import type { Jwks } from '../jose/public-jwk.js';
import { type SigningKey, createMacKey, importSigningKey, type MacKey } from './key.js';
import type { MasterKey } from './master-key.js';
import { type KeyInfo, type Ring, type RingEntry, type SaltId, signerOf } from './ring-state.js';
import { saltOwner, unseal } from './sealed-part.js';

/** HMAC-SHA-256 under each salt. */
export type Salts = Readonly<Record<SaltId, Pick<MacKey, 'mac'>>>;

/** One version of the ring, opened: everything a request needs, in memory. Never changes. */
export interface RingView {
  readonly ring: Ring;
  /** Every accepted access key by kid. */
  readonly accessKeys: ReadonlyMap<string, SigningKey>;
  /** Every accepted refresh key by id. */
  readonly refreshKeys: ReadonlyMap<number, MacKey>;
  readonly accessSigner: SigningKey;
  readonly refreshSigner: MacKey;
  readonly jwks: Jwks;
  readonly infos: readonly KeyInfo[];
  readonly salts: Salts;
}

/**
 * Opens the keys of `ring`; those that `previous` has open are taken over, not opened again.
 *
 * @throws PawlError `master_key_wrong` when a private part does not open, or is not the key that its entry names;
 * `store_incompatible` when the ring has no key to sign with
 */
export async function openRing(
  ring: Ring,
  masterKeys: readonly MasterKey[],
  previous: RingView | null,
): Promise<RingView> {
  const accessKeys = new Map<string, SigningKey>();
  const refreshKeys = new Map<number, MacKey>();
  for (const entry of ring.entries) {
    if (entry.sealed === null) continue;
    const known = holds(previous, entry) ? previous : null;
    if (entry.use === 'access') {
      accessKeys.set(entry.id, known?.accessKeys.get(entry.id) ?? (await openAccessKey(entry, masterKeys)));
    } else {
      const id = Number.parseInt(entry.id, 16);
      refreshKeys.set(id, known?.refreshKeys.get(id) ?? (await openRefreshKey(id, entry, masterKeys)));
    }
  }
  const accessSigner = accessKeys.get(signerOf(ring, 'access')?.id ?? '');
  const refreshSigner = refreshKeys.get(Number.parseInt(signerOf(ring, 'refresh')?.id ?? '', 16));
  if (accessSigner === undefined || refreshSigner === undefined) {
    throw new PawlError('store_incompatible', 'The key ring in the store has no key to sign with.');
  }
  const salts = previous?.salts ?? (await openSalts(ring, masterKeys));
  const others = [...accessKeys.values()].filter((key) => key !== accessSigner);
  return {
    ring,
    accessKeys,
    refreshKeys,
    accessSigner,
    refreshSigner,
    jwks: { keys: [accessSigner, ...others].map(({ publicJwk }) => publicJwk) },
    infos: ring.entries.map(infoOf),
    salts,
  };
}

/** By instant too: a store that lost its last writes may have given the id of a refresh key to another. */
function holds(view: RingView | null, entry: RingEntry): view is RingView {
  return (
    view?.ring.entries.some((other) => other.id === entry.id && other.createdAt === entry.createdAt) ?? false
  );
}

async function openAccessKey(entry: RingEntry, masterKeys: readonly MasterKey[]): Promise<SigningKey> {
  const privatePart = await open(entry, masterKeys);
  if (entry.algorithm === 'HS256') throw notThatKey(entry);
  const key = await importSigningKey(entry.algorithm, privatePart);
  // The public key comes from the private part, so that nobody can publish a key of theirs by writing to the store.
  if (key.id !== entry.id) throw notThatKey(entry);
  return key;
}

async function openRefreshKey(
  id: number,
  entry: RingEntry,
  masterKeys: readonly MasterKey[],
): Promise<MacKey> {
  return createMacKey(id, await open(entry, masterKeys));
}

async function openSalts(ring: Ring, masterKeys: readonly MasterKey[]): Promise<Salts> {
  const opened = ring.salts.map(async ({ id, sealed }) => {
    const secret = await unseal(masterKeys, saltOwner(id), sealed);
    return [id, createMacKey(0, secret)] as const;
  });
  const salts: Partial<Salts> = Object.fromEntries(await Promise.all(opened));
  const { network, sid } = salts;
  if (network === undefined || sid === undefined) {
    throw new PawlError('store_incompatible', 'The key ring in the store lacks a salt.');
  }
  return { network, sid };
}

function open(entry: RingEntry, masterKeys: readonly MasterKey[]): Promise<Uint8Array> {
  if (entry.sealed === null) throw notThatKey(entry);
  return unseal(masterKeys, entry, entry.sealed);
}

function notThatKey(entry: RingEntry): PawlError {
  return new PawlError(
    'master_key_wrong',
    `The private part of key ${entry.id} of the key ring is not that key's: the ring was changed in the store. Restore it from a backup.`,
  );
}

/** Field by field, so that what is added to an entry is not shown by accident. */
function infoOf(entry: RingEntry): KeyInfo {
  const { id, use, algorithm, state, createdAt, activatesAt, retiringAt, endsAt, compromisedAt } = entry;
  return { id, use, algorithm, state, createdAt, activatesAt, retiringAt, endsAt, compromisedAt };
}
