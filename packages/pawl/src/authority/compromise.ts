import type { KeyInfo } from '../keys/index.js';
import { keyUses } from '../keys/key-uses.js';
import type { Context } from './context.js';

/**
 * Marks a key as leaked, and tells the verifiers of a key in the JWKS that its tokens are void.
 *
 * Repeated on a key that is compromised already it tells them again.
 *
 * @throws PawlError `key_unknown`, `store_unavailable`, `key_ring_conflict`, `master_key_wrong`, `store_incompatible`
 */
export async function compromise(context: Context, id: string): Promise<KeyInfo> {
  const key = await context.ring.compromise(id, context.now());
  if (isLeakedPair(key)) await tell(context, key);
  return key;
}

/**
 * Tells the verifiers of every compromised key of the JWKS that this node has not told them of, while tokens of the key can be about: whoever
 * marked it may have died before it could. One entry more of the same does no harm.
 *
 * @throws PawlError `store_unavailable`
 */
export async function tellOfLeakedKeys(context: Context): Promise<void> {
  const since = context.now() - context.options.revocationRetentionSeconds;
  for (const key of context.ring.list()) {
    const isRecent = key.compromisedAt !== null && key.compromisedAt > since;
    if (isRecent && isLeakedPair(key) && !context.toldKeys.has(key.id)) await tell(context, key);
  }
}

/** Whether verifiers took what the key signed, until it was marked. */
function isLeakedPair({ use, state }: KeyInfo): boolean {
  return keyUses[use].material === 'pair' && state === 'compromised';
}

async function tell(context: Context, { id }: KeyInfo): Promise<void> {
  await context.store.revocations.append([{ kind: 'key', kid: id, at: context.now() }]);
  context.toldKeys.add(id);
}
