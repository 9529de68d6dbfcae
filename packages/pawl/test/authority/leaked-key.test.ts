import { describe, expect, test } from 'vitest';
import { type Authority, PawlError } from '../../src/index.js';
import { openKeyRing } from '../../src/keys/index.js';
import type { RevocationStore } from '../../src/stores/index.js';
import { countingStore, interceptStore } from './intercepted-store.js';
import { storeKinds } from './stores.js';
import { openWorld } from './world.js';

function activeKeyOf(authority: Authority): string {
  const active = authority.keys.list().find(({ use, state }) => use === 'access' && state === 'active');
  return active?.id ?? 'no key';
}

/** The access keys that the feed names, as often as it names them. */
async function keysIn(revocations: RevocationStore): Promise<string[]> {
  const { entries } = await revocations.read(null, 100);
  return entries.flatMap((entry) => (entry.kind === 'key' ? [entry.kid] : []));
}

describe.each(storeKinds)('a leaked access key, on the store $kind', ({ openStore }) => {
  test('whose marker dies before it has told the verifiers is told of by the next round of any node', async () => {
    const inner = await openStore();
    let isDying = false;
    const store = interceptStore(inner, (method, perform) =>
      isDying && method === 'revocations.append'
        ? Promise.reject(new PawlError('store_unavailable', 'gone'))
        : perform(),
    );
    const { authority, addNode, clock } = await openWorld({ store });
    const leaked = activeKeyOf(authority);
    isDying = true;
    await expect(authority.keys.compromise(leaked)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(authority.keys.list().find(({ id }) => id === leaked)?.state).toBe('compromised');
    await expect(authority.maintain()).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await keysIn(inner.revocations)).toEqual([]);

    const other = await addNode({ store: inner });
    await other.maintain();
    expect(await keysIn(inner.revocations)).toEqual([leaked]);
    await other.maintain();
    expect(await keysIn(inner.revocations)).toEqual([leaked]);

    // Whoever was cut off tells it too, once.
    isDying = false;
    await authority.maintain();
    await authority.maintain();
    expect(await keysIn(inner.revocations)).toEqual([leaked, leaked]);

    // When no token of the key is about any more, there is nothing to tell.
    clock.advance(3600);
    const { store: counted, calls } = countingStore(inner);
    const late = await addNode({ store: counted });
    const told = await keysIn(inner.revocations);
    await late.maintain();
    expect((await keysIn(inner.revocations)).length).toBeLessThanOrEqual(told.length);
    expect(calls).not.toContain('revocations.append');
  });

  test('that is marked without trouble is told of once by its node, and never for a refresh key', async () => {
    const { authority, store } = await openWorld({ store: await openStore() });
    const leaked = activeKeyOf(authority);
    const refreshKey = authority.keys.list().find(({ use }) => use === 'refresh')?.id ?? 'no key';
    await authority.keys.compromise(leaked);
    await authority.keys.compromise(refreshKey);
    await authority.maintain();
    expect(await keysIn(store.revocations)).toEqual([leaked]);
    await authority.keys.compromise(leaked);
    expect(await keysIn(store.revocations)).toEqual([leaked, leaked]);
  });

  test('and a leaked key of ID tokens, which verifiers find in the JWKS too, is told of as well; one of codes is not', async () => {
    const { authority, store, clock, masterKey } = await openWorld({ store: await openStore() });
    const { documents } = store;
    const now = clock.now();
    const ring = await openKeyRing({ documents, masterKeys: [masterKey], algorithm: 'ES256', now });
    const { id } = await ring.keyFor('id-token', now);
    await ring.keyFor('code', now);
    const code = ring.list().find(({ use }) => use === 'code')?.id ?? 'no key';
    await authority.keys.compromise(id);
    await authority.keys.compromise(code);
    expect(await keysIn(store.revocations)).toEqual([id]);
    expect(authority.jwks().keys.map(({ kid }) => kid)).not.toContain(id);
  });
});
