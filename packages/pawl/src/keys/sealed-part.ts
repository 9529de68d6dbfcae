import { decodeBase64url, encodeBase64url } from '../base/base64url.js';
import { PawlError } from '../errors.js';
import type { MasterKey } from './master-key.js';
import type { KeyInfo } from './key-info.js';

/** What a salt is for. A salt never changes: what was derived with it is compared for as long as sessions live. Its leak links, it opens nothing. */
export type SaltId = 'network' | 'sid';

export const saltIds: readonly SaltId[] = ['network', 'sid'];

/** A private part as it is stored: encrypted, with the fingerprint of the master key that did it. */
export interface SealedPart {
  readonly masterKeyId: string;
  /** What `MasterKey.wrap` gave, base64url. */
  readonly data: string;
}

/** What a private part belongs to. */
export type Owner = Pick<KeyInfo, 'use' | 'algorithm' | 'id'> | SaltOwner;

interface SaltOwner {
  readonly use: 'salt';
  readonly algorithm: 'HS256';
  readonly id: SaltId;
}

export function saltOwner(id: SaltId): SaltOwner {
  return { use: 'salt', algorithm: 'HS256', id };
}

/** Ties a private part to its entry, so that moving it to another entry is noticed. */
function contextOf(owner: Owner): Buffer {
  return Buffer.from(['pawl key ring', owner.use, owner.algorithm, owner.id].join('\n'));
}

export async function seal(master: MasterKey, owner: Owner, plain: Uint8Array): Promise<SealedPart> {
  const wrapped = await master.wrap(plain, contextOf(owner));
  return { masterKeyId: master.id, data: encodeBase64url(wrapped) };
}

/**
 * Opens a private part with the master key that sealed it.
 *
 * @throws PawlError `master_key_wrong` when that one is not among `masterKeys`, or the part was changed
 */
export async function unseal(
  masterKeys: readonly MasterKey[],
  owner: Owner,
  sealed: SealedPart,
): Promise<Uint8Array> {
  const master = masterKeys.find(({ id }) => id === sealed.masterKeyId);
  if (master === undefined) {
    const configured = masterKeys.map(({ id }) => id).join(', ');
    throw new PawlError(
      'master_key_wrong',
      `The key ring is encrypted under the master key with fingerprint ${sealed.masterKeyId}, and the configured one is ${configured}. ` +
        'Start with the master key that the ring was written under; to replace it, configure the new one first and the old one second.',
    );
  }
  const data = decodeBase64url(sealed.data);
  if (data === null)
    throw new PawlError('master_key_wrong', 'A private part of the key ring is not base64url.');
  return master.unwrap(data, contextOf(owner));
}
