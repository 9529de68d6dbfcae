import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isPawlError } from '../errors.js';
import { callsOn } from './calls-on.js';
import { newSession } from './session-fixture.js';
import type { StoreAccess } from './store-access.js';

const timeoutMilliseconds = 60_000;

export function describeDeadline({ runner, opener, random }: StoreAccess): void {
  runner.describe('a place that does not answer', () => {
    runner.test(
      'every call settles, rejects with nothing but store_unavailable, and answers when the place does',
      async () => {
        const { store, release } = await opener.openStuck();
        try {
          const calls = callsOn(store, newSession(random));
          const results = await Promise.allSettled(calls.map(([, call]) => call()));
          for (const [index, result] of results.entries()) {
            if (result.status === 'rejected') assertUnavailable(result.reason, calls[index]?.[0]);
          }
          await release();
          for (const [name, call] of callsOn(store, newSession(random))) await answered(name, call);
        } finally {
          await release();
          await store.close();
          await opener.remove();
        }
      },
      timeoutMilliseconds,
    );

    runner.test(
      'closing settles too',
      async () => {
        const { store, release } = await opener.openStuck();
        const accepted = Promise.allSettled([store.check(), store.sessions.find(newSession(random).id)]);
        await store.close();
        for (const result of await accepted) {
          if (result.status === 'rejected') assertUnavailable(result.reason, 'accepted');
        }
        await release();
        await opener.remove();
      },
      timeoutMilliseconds,
    );
  });
}

/** Calls again until there is an answer: how soon a driver connects again is its own affair. Gives up when the test is over too. */
async function answered(name: string, call: () => Promise<unknown>): Promise<void> {
  const giveUpAt = performance.now() + timeoutMilliseconds;
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      assertUnavailable(error, name);
      if (performance.now() >= giveUpAt) throw error;
    }
    await nextTurn();
  }
}

function assertUnavailable(error: unknown, name: string | undefined): void {
  assert.ok(isPawlError(error, 'store_unavailable'), `${name ?? ''}: ${String(error)}`);
}
