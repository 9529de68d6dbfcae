import { describe, expect, test } from 'vitest';
import type { RefreshRequest } from '../../src/authority/refresh.js';
import { PawlError, type PolicyOption } from '../../src/index.js';
import { interceptStore } from './intercepted-store.js';
import { storeKinds } from './stores.js';
import { grantedAs, loginAs, openWorld, present, summaryOf } from './world.js';

const unavailable = { code: 'store_unavailable' };
const ownKey = 'A'.repeat(43);

/** Whether the step of a call that is rejected happens. */
const moments = ['takes effect', 'takes no effect'] as const;

describe.each(storeKinds)('a theft that was found, when the end on the store $kind', ({ openStore }) => {
  async function openFaulty(moment: (typeof moments)[number], policy: PolicyOption) {
    const state = { fails: false };
    const store = interceptStore(await openStore(), async (method, perform) => {
      if (!state.fails || method !== 'sessions.apply') return perform();
      if (moment === 'takes effect') await perform();
      throw new PawlError('store_unavailable', 'fewer replicas confirmed it than were asked for');
    });
    return { state, ...(await openWorld({ store, policy })) };
  }

  test.each(moments)('%s and the store says that it is not available, is told once', async (moment) => {
    const { state, authority, clock, takeEvents } = await openFaulty(moment, 'balanced');
    const { refreshToken: stolen } = await loginAs(authority, 'ada');
    grantedAs('rotated', await present(authority, stolen));
    clock.advance(60);
    takeEvents();
    state.fails = true;
    for (let round = 0; round < 3 && (moment === 'takes no effect' || round === 0); round += 1) {
      await expect(present(authority, stolen)).rejects.toMatchObject(unavailable);
    }
    expect(takeEvents().map(summaryOf)).toEqual(['session.reused unknown']);

    state.fails = false;
    const retry = await present(authority, stolen);
    expect(retry).toMatchObject({ granted: false, sessionOver: true });
    expect(takeEvents().map(summaryOf)).toEqual(
      moment === 'takes effect'
        ? ['subject.revoked reused', 'refresh.refused revoked']
        : ['subject.revoked reused'],
    );
    expect((await present(authority, stolen)).outcome).toBe('revoked');
    expect(takeEvents().map(summaryOf)).toEqual(['refresh.refused revoked']);
  });

  test.each(
    moments,
  )('of a wrong key %s and the store says that it is not available, is told once', async (moment) => {
    const { state, authority, takeEvents } = await openFaulty(moment, { onWrongKey: 'session' });
    const { refreshToken } = await loginAs(authority, 'ada', { boundKey: ownKey });
    takeEvents();
    const request: RefreshRequest = { refreshToken };
    state.fails = true;
    await expect(authority.refresh(request)).rejects.toMatchObject(unavailable);
    state.fails = false;
    expect(await authority.refresh(request)).toMatchObject({ granted: false, sessionOver: true });
    expect(takeEvents().map(summaryOf)).toEqual([
      'session.wrong-key unknown',
      'session.revoked wrong-key',
      ...(moment === 'takes effect' ? ['refresh.refused revoked'] : []),
    ]);
  });

  test('is told once when many present the token at once', async () => {
    const { state, authority, clock, takeEvents } = await openFaulty('takes no effect', 'balanced');
    const { refreshToken: stolen } = await loginAs(authority, 'ada');
    grantedAs('rotated', await present(authority, stolen));
    clock.advance(60);
    takeEvents();
    state.fails = true;
    const attempts = Array.from({ length: 20 }, () => present(authority, stolen));
    const settled = await Promise.allSettled(attempts);
    expect(settled.every(({ status }) => status === 'rejected')).toBe(true);
    expect(takeEvents().map(summaryOf)).toEqual(['session.reused unknown']);
  });
});
