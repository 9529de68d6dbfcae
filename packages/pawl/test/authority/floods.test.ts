import { describe, expect, test } from 'vitest';
import type { RefreshResult } from '../../src/index.js';
import { countingStore } from './intercepted-store.js';
import { storeKinds } from './stores.js';
import { grantedAs, loginAs, openWorld, present, type WorldOptions } from './world.js';

const flood = 2000;

/** Each call reads the record, or changes it; what is granted asks again after its claims hook. */
const mostCalls = 6;

function countsOf(results: readonly RefreshResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

describe.each(storeKinds)(`${flood} refreshes of one session at once, store $kind`, ({ openStore }) => {
  async function openCounted(options: WorldOptions) {
    const { store, calls } = countingStore(await openStore());
    const world = await openWorld({ ...options, store });
    const together = async (token: string) => {
      calls.length = 0;
      return countsOf(
        await Promise.all(Array.from({ length: flood }, () => present(world.authority, token))),
      );
    };
    return { ...world, calls, together };
  }

  test.each([
    { policy: 'balanced', name: 'none' },
    { policy: 'resilient', name: 'none' },
    { policy: 'balanced', name: 'one', claims: () => ({ claims: {} }) },
  ] as const)('take a few calls to the store: policy $policy, claims hook: $name', async (options) => {
    const { authority, clock, calls, together } = await openCounted({
      policy: options.policy,
      ...('claims' in options ? { claims: options.claims } : {}),
    });
    const { refreshToken } = await loginAs(authority, 'ada');
    expect(await together(refreshToken)).toEqual({ rotated: 1, replayed: flood - 1 });
    expect(calls.length).toBeLessThanOrEqual(mostCalls);
    clock.advance(60);
    const late = await together(refreshToken);
    expect(late).toEqual(
      options.policy === 'resilient' ? { forked: 1, replayed: flood - 1 } : { reused: 1, revoked: flood - 1 },
    );
    expect(calls.length).toBeLessThanOrEqual(mostCalls);
  });

  test('hold up nobody else, and are no outage that makes a retired token of somebody else a retry', async () => {
    const { authority, clock, together } = await openCounted({ policy: 'balanced' });
    const { refreshToken: retired } = await loginAs(authority, 'bob');
    const { refreshToken: current } = grantedAs('rotated', await present(authority, retired));
    const { refreshToken } = await loginAs(authority, 'ada');
    clock.advance(9);
    const [counts, kept] = await Promise.all([together(refreshToken), present(authority, current)]);
    expect(counts).toEqual({ rotated: 1, replayed: flood - 1 });
    grantedAs('kept', kept);
    clock.advance(21);
    expect(await present(authority, retired)).toMatchObject({ outcome: 'reused' });
  });
});
