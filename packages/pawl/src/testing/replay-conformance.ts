import assert from 'node:assert/strict';
import type { Store } from '../stores/store.js';
import { at, atOnce, testRounds } from './race.js';
import { startAt } from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

const presenters = 16;

export function describeReplays(access: StoreAccess): void {
  const { runner, withStore } = access;
  const { describe, test } = runner;
  describe('replays', () => {
    test('a key is new once, and again from the instant of its expiry', () =>
      withStore(async ({ replays }) => {
        assert.equal(await replays.remember('k', startAt + 60, startAt), true);
        assert.equal(await replays.remember('k', startAt + 60, startAt), false);
        assert.equal(await replays.remember('k', startAt + 999, startAt + 59.9), false);
        assert.equal(await replays.remember('k', startAt + 120, startAt + 60), true);
        assert.equal(await replays.remember('k', startAt + 120, startAt + 119), false);
      }));

    test('keys are apart, whatever letters they differ in', () =>
      withStore(async ({ replays }) => {
        const keys = ['a', 'A', 'a_', 'a-', 'aa', 'a'.repeat(64), `${'a'.repeat(63)}b`];
        for (const key of keys) assert.equal(await replays.remember(key, startAt + 60, startAt), true, key);
        for (const key of keys) assert.equal(await replays.remember(key, startAt + 60, startAt), false, key);
      }));

    test('a sweep takes nothing that has not expired, and does not count what it takes', () =>
      withStore(async (store) => {
        const { replays } = store;
        await replays.remember('early', startAt + 10, startAt);
        await replays.remember('late', startAt + 60, startAt);
        assert.equal(await store.sweep(startAt + 30, 100), 0);
        assert.equal(await replays.remember('late', startAt + 90, startAt + 30), false);
        assert.equal(await replays.remember('early', startAt + 90, startAt + 30), true);
      }));

    testRounds(
      access,
      '16 presenters of one key over 4 connections: exactly one is first, also when the key had expired',
      async (stores, { random }) => {
        const key = random.text(16);
        assert.equal(await countFirst(stores, key, startAt), 1);
        assert.equal(await countFirst(stores, key, startAt + 60), 1);
      },
    );

    testRounds(access, 'a sweep beside them lets nobody be first twice', async (stores, { random }) => {
      const key = random.text(16);
      await at(stores, 0).replays.remember(key, startAt + 60, startAt);
      const [first] = await Promise.all([
        countFirst(stores, key, startAt + 60),
        at(stores, 0).sweep(startAt + 60, 100),
      ]);
      assert.equal(first, 1);
    });
  });
}

async function countFirst(stores: readonly Store[], key: string, now: number): Promise<number> {
  const answers = await atOnce(presenters, stores, ({ replays }) => replays.remember(key, now + 60, now));
  return answers.filter(Boolean).length;
}
