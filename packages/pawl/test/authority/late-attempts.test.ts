import { describe, expect, test } from 'vitest';
import { PawlError } from '../../src/index.js';
import { interceptStore } from './intercepted-store.js';
import { storeKinds } from './stores.js';
import { grantedAs, loginAs, openWorld, present } from './world.js';

const unavailable = { code: 'store_unavailable' };

/**
 * Two nodes that met an outage of two windows, and a session whose current token was given out just before it. The attempt of one node is
 * under way still: nobody waits for it any more, and the store carries it out when `carryOut` is called.
 */
async function afterOutage({ openStore }: (typeof storeKinds)[number]) {
  const inner = await openStore();
  const kept: (() => Promise<unknown>)[] = [];
  let isAway = false;
  const away = interceptStore(inner, (method, perform) => {
    if (!isAway) return perform();
    if (method === 'sessions.rotate') kept.push(perform);
    return Promise.reject(new PawlError('store_unavailable', 'the store did not answer'));
  });
  const {
    authority: here,
    addNode,
    clock,
    takeEvents,
  } = await openWorld({ store: inner, policy: 'balanced' });
  const there = await addNode({ store: away });
  const login = await loginAs(here, 'ada');
  clock.advance(60);
  const { refreshToken } = grantedAs('rotated', await present(here, login.refreshToken));
  clock.advance(2);
  isAway = true;
  await expect(there.maintain()).rejects.toMatchObject(unavailable);
  clock.advance(20);
  await expect(there.maintain()).rejects.toMatchObject(unavailable);
  clock.advance(1);
  isAway = false;
  await there.maintain();
  takeEvents();
  return {
    ...{ here, there, clock, refreshToken, before: login.refreshToken },
    /** The attempt that a node which knew of no outage had sent. */
    async sendInVain(token: string) {
      const late = await addNode({ store: away });
      isAway = true;
      await expect(present(late, token)).rejects.toMatchObject(unavailable);
      isAway = false;
    },
    carryOut: async () => Promise.all(kept.map((perform) => perform())),
    takeEvents,
  };
}

describe.each(
  storeKinds,
)('an attempt that is carried out when its client has been answered by another node, on the store $kind', (kind) => {
  test('takes nothing from a client whose current token was kept because of the outage', async () => {
    const world = await afterOutage(kind);
    await world.sendInVain(world.refreshToken);
    const { refreshToken } = grantedAs('kept', await present(world.there, world.refreshToken));
    await world.carryOut();
    world.clock.advance(300);
    grantedAs('rotated', await present(world.here, refreshToken));
    expect(world.takeEvents().map(({ type }) => type)).not.toContain('session.reused');
  });

  test('nor from one that was given the current token again', async () => {
    const world = await afterOutage(kind);
    await world.sendInVain(world.refreshToken);
    const { refreshToken } = grantedAs('replayed', await present(world.there, world.before));
    await world.carryOut();
    world.clock.advance(300);
    grantedAs('rotated', await present(world.here, refreshToken));
    expect(world.takeEvents().map(({ type }) => type)).not.toContain('session.reused');
  });

  test('and three tabs that come back at once all go on', async () => {
    const world = await afterOutage(kind);
    await world.sendInVain(world.refreshToken);
    const tabs = await Promise.all(
      [world.refreshToken, world.before, world.refreshToken].map((token) => present(world.there, token)),
    );
    await world.carryOut();
    const tokens = ['kept', 'replayed', 'kept'].map(
      (outcome, index) => grantedAs(outcome as 'kept', tabs[index] as (typeof tabs)[number]).refreshToken,
    );
    expect(new Set(tokens).size).toBe(1);
    world.clock.advance(11);
    grantedAs('rotated', await present(world.there, tokens[0] ?? ''));
    // By then the outage is forgotten, and a retired token is one again.
    world.clock.advance(11);
    expect(await present(world.there, world.before)).toMatchObject({ outcome: 'reused' });
  });
});
