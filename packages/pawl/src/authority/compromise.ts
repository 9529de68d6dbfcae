import type { KeyInfo } from '../keys/index.js';
import type { Context } from './context.js';

/**
 * Marks a key as leaked, and tells the verifiers of an access key that its tokens are void.
 *
 * Repeated on a key that is compromised already it tells them again: after a failure repeating is safe, and needed.
 *
 * @throws PawlError `key_unknown`, `store_unavailable`, `key_ring_conflict`, `master_key_wrong`, `store_incompatible`
 */
export async function compromise(context: Context, id: string): Promise<KeyInfo> {
  const now = context.now();
  const key = await context.ring.compromise(id, now);
  if (key.use === 'access' && key.state === 'compromised') {
    await context.store.revocations.append([{ kind: 'key', kid: key.id, at: now }]);
  }
  return key;
}
