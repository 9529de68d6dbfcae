import { describe, expect, test } from 'vitest';
import type { RefreshResult } from '../../src/index.js';
import { storeKinds } from './stores.js';
import { isVerified, loginAs, openWorld, present } from './world.js';

const rounds = 25;

function refreshTokenOf(result: RefreshResult): string {
  if (!result.granted) throw new Error(`refused: ${result.outcome}`);
  return result.tokens.refreshToken;
}

describe.each(storeKinds)('one token presented several times at once, store $kind', ({ openStore }) => {
  test.each([
    { count: 2, nodes: 1 },
    { count: 8, nodes: 1 },
    { count: 2, nodes: 2 },
    { count: 8, nodes: 2 },
  ])('$count times at $nodes nodes: one successor for all, nobody logged out; after the window all are', async ({
    count,
    nodes: nodeCount,
  }) => {
    const { authority, addNode, clock, takeEvents, store } = await openWorld({ store: await openStore() });
    const nodes = [authority, ...(nodeCount === 2 ? [await addNode()] : [])];
    for (let round = 0; round < rounds; round += 1) {
      const login = await loginAs(authority, `user-${round}`);
      takeEvents();
      const results = await Promise.all(
        Array.from({ length: count }, (_, index) =>
          present(nodes[index % nodeCount] ?? authority, login.refreshToken),
        ),
      );
      const outcomes = results.map(({ outcome }) => outcome).sort();
      expect(outcomes).toEqual([...Array.from({ length: count - 1 }, () => 'replayed'), 'rotated']);
      expect(new Set(results.map(refreshTokenOf)).size).toBe(1);
      for (const result of results) {
        expect(result.granted && (await isVerified(authority, result.tokens))).toBe(true);
      }
      const [next = ''] = results.map(refreshTokenOf);

      clock.advance(11);
      const late = await Promise.all(nodes.map((node) => present(node, login.refreshToken)));
      expect(late.map(({ outcome }) => outcome).sort()).toEqual(['reused', 'revoked'].slice(0, nodeCount));
      expect(await present(authority, next)).toMatchObject({ granted: false, outcome: 'revoked' });
    }
    await store.check();
  });
});
