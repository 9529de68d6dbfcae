import { PawlError } from '../errors.js';
import type { Jwks, PublicJwk } from '../jose/public-jwk.js';
import { createMacKey, importSigningKey, type MacKey, type SigningKey } from './key.js';
import type { KeysByUse, KeyUse } from './key-uses.js';
import type { MasterKey } from './master-key.js';
import type { KeyInfo } from './key-info.js';
import { type Ring, type RingEntry, signerOf } from './ring-state.js';
import { type SaltId, saltOwner, unseal } from './sealed-part.js';

/** HMAC-SHA-256 under each salt. */
export type Salts = Readonly<Record<SaltId, Pick<MacKey, 'mac'>>>;

/** The open keys of one use. */
export interface OpenKeys<Key extends { readonly id: unknown }> {
  /** The one that is used now; null while the ring has none. */
  readonly signer: Key | null;
  /** All that are accepted, by id. */
  readonly accepted: ReadonlyMap<Key['id'], Key>;
}

export type RingKeys = { readonly [Use in KeyUse]: OpenKeys<KeysByUse[Use]> };

/** One version of the ring, opened: everything a request needs, in memory. Never changes. */
export interface RingView {
  readonly ring: Ring;
  readonly keys: RingKeys;
  readonly accessSigner: SigningKey;
  readonly refreshSigner: MacKey;
  readonly jwks: Jwks;
  readonly infos: readonly KeyInfo[];
  readonly salts: Salts;
}

/** What a ring is opened with. */
export interface RingOpening {
  readonly masterKeys: readonly MasterKey[];
  /** What the secrets of the ring are bound to; null for nothing. */
  readonly issuer: string | null;
}

/**
 * Opens the keys of `ring`; those that `previous` has open are taken over, not opened again.
 *
 * @throws PawlError `master_key_wrong` when a private part does not open, or is not the key that its entry names;
 * `store_incompatible` when the ring has no key to sign with
 */
export async function openRing(
  ring: Ring,
  opening: RingOpening,
  previous: RingView | null,
): Promise<RingView> {
  const keys = await openKeys(ring, opening, previous);
  const { signer: accessSigner } = keys.access;
  const { signer: refreshSigner } = keys.refresh;
  if (accessSigner === null || refreshSigner === null) {
    throw new PawlError('store_incompatible', 'The key ring in the store has no key to sign with.');
  }
  return {
    ring,
    keys,
    accessSigner,
    refreshSigner,
    jwks: { keys: [...publicPartsOf(keys.access), ...publicPartsOf(keys['id-token'])] },
    infos: ring.entries.map(infoOf),
    salts: previous?.salts ?? (await openSalts(ring, opening.masterKeys)),
  };
}

/** How entries of one kind of key material become keys. */
interface Opener<Key extends { readonly id: unknown }> {
  idOf(entry: RingEntry): Key['id'];
  open(entry: RingEntry, opening: RingOpening): Promise<Key>;
}

const pair: Opener<SigningKey> = { idOf: ({ id }) => id, open: openPair };
const secret: Opener<MacKey> = { idOf: ({ id }) => Number.parseInt(id, 16), open: openSecret };

async function openKeys(ring: Ring, opening: RingOpening, previous: RingView | null): Promise<RingKeys> {
  const keysOf = async <Key extends SigningKey | MacKey>(
    use: KeyUse,
    known: OpenKeys<Key> | undefined,
    opener: Opener<Key>,
  ): Promise<OpenKeys<Key>> => {
    const signing = signerOf(ring, use);
    let signer: Key | null = null;
    const accepted = new Map<Key['id'], Key>();
    for (const entry of ring.entries) {
      if (entry.use !== use || entry.sealed === null) continue;
      const kept = holds(previous, entry) ? known?.accepted.get(opener.idOf(entry)) : undefined;
      const key = kept ?? (await opener.open(entry, opening));
      accepted.set(opener.idOf(entry), key);
      if (entry === signing) signer = key;
    }
    return { signer, accepted };
  };
  const keys = previous?.keys;
  return {
    access: await keysOf('access', keys?.access, pair),
    refresh: await keysOf('refresh', keys?.refresh, secret),
    code: await keysOf('code', keys?.code, secret),
    interaction: await keysOf('interaction', keys?.interaction, secret),
    'id-token': await keysOf('id-token', keys?.['id-token'], pair),
  };
}

/** The one that signs comes first. */
function publicPartsOf({ signer, accepted }: OpenKeys<SigningKey>): readonly PublicJwk[] {
  const others = [...accepted.values()].filter((key) => key !== signer);
  return [...(signer === null ? [] : [signer]), ...others].map(({ publicJwk }) => publicJwk);
}

/** By instant too: a store that lost its last writes may have given the id of a refresh key to another. */
function holds(view: RingView | null, entry: RingEntry): view is RingView {
  return (
    view?.ring.entries.some((other) => other.id === entry.id && other.createdAt === entry.createdAt) ?? false
  );
}

async function openPair(entry: RingEntry, { masterKeys }: RingOpening): Promise<SigningKey> {
  const privatePart = await privatePartOf(entry, masterKeys);
  if (entry.algorithm === 'HS256') throw notThatKey(entry);
  const key = await importSigningKey(entry.algorithm, privatePart);
  // The public key comes from the private part, so that nobody can publish a key of theirs by writing to the store.
  if (key.id !== entry.id) throw notThatKey(entry);
  return key;
}

/** The key of this issuer that a secret of the shared ring stands for. */
async function openSecret(entry: RingEntry, { masterKeys, issuer }: RingOpening): Promise<MacKey> {
  const id = Number.parseInt(entry.id, 16);
  const shared = createMacKey(id, await privatePartOf(entry, masterKeys));
  return issuer === null ? shared : createMacKey(id, shared.mac(Buffer.from(`issuer ${issuer}`)));
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

function privatePartOf(entry: RingEntry, masterKeys: readonly MasterKey[]): Promise<Uint8Array> {
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
