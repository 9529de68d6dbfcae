import assert from 'node:assert/strict';
import { isPawlError } from '../errors.js';
import { callsOn } from './calls-on.js';
import { createSession, newSession, startAt } from './session-fixture.js';
import { createdFrom } from '../stores/session-store.js';
import type { StoreAccess } from './store-access.js';

export function describeClose({ runner, random, withStore }: StoreAccess): void {
  const { describe, test } = runner;
  describe('check and close', () => {
    test('an open store answers a check', () => withStore((store) => store.check()));

    test('a store tells no time, or one that does not go back', () =>
      withStore(async (store) => {
        const [first, second] = [await store.time(), await store.time()];
        if (first === null || second === null) {
          assert.deepEqual([first, second], [null, null]);
        } else {
          assert.ok(Number.isFinite(first) && second >= first, `${String(first)}, then ${String(second)}`);
        }
      }));

    test('closing finishes what was accepted', () =>
      withStore(async (store) => {
        const session = newSession(random);
        const accepted = createSession(store.sessions, session, 5, startAt);
        await store.close();
        assert.deepEqual((await accepted).session, createdFrom(session, 0));
      }));

    test('after closing every call rejects with store_unavailable, except closing', () =>
      withStore(async (store) => {
        await store.close();
        await store.close();
        for (const [name, call] of callsOn(store, newSession(random))) {
          const error = await call().then(
            () => null,
            (reason: unknown) => reason,
          );
          assert.ok(isPawlError(error, 'store_unavailable'), `${name}: ${String(error)}`);
        }
      }));
  });
}
