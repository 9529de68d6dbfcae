import type { KeyInfo } from '../keys/index.js';
import type { Context } from './context.js';

/**
 * Marks a key as leaked, and tells the verifiers of an access key that its tokens are void.
 *
 * Repeated on a key that is compromised already it tells them again.
 *
 * @throws PawlError `key_unknown`, `store_unavailable`, `key_ring_conflict`, `master_key_wrong`, `store_incompatible`
 */
export async function compromise(context: Context, id: string): Promise<KeyInfo> {
  const key = await context.ring.compromise(id, context.now());
  if (isLeakedAccessKey(key)) await tell(context, key);
  return key;
}

/**
 * Tells the verifiers of every compromised access key that this node has not told them of, while tokens of the key can be about: whoever
 * marked it may have died before it could. One entry more of the same does no harm.
 *
 * @throws PawlError `store_unavailable`
 */
export async function tellOfLeakedKeys(context: Context): Promise<void> {
  const since = context.now() - context.options.revocationRetentionSeconds;
  for (const key of context.ring.list()) {
    const isRecent = key.compromisedAt !== null && key.compromisedAt > since;
    if (isRecent && isLeakedAccessKey(key) && !context.toldKeys.has(key.id)) await tell(context, key);
  }
}

function isLeakedAccessKey({ use, state }: KeyInfo): boolean {
  return use === 'access' && state === 'compromised';
}

async function tell(context: Context, { id }: KeyInfo): Promise<void> {
  await context.store.revocations.append([{ kind: 'key', kid: id, at: context.now() }]);
  context.toldKeys.add(id);
}
