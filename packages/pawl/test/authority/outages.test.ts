import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Outages, outageSilenceSeconds } from '../../src/authority/outages.js';
import { PawlError } from '../../src/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { interceptStore } from './intercepted-store.js';
import { grantedAs, loginAs, openWorld, present } from './world.js';

const policySeconds = 10;

interface Step {
  readonly afterSeconds: number;
  readonly fails: boolean;
  readonly session: 'a' | 'b' | null;
}

const steps = fc.array(
  fc.record({
    afterSeconds: fc.double({ min: 0, max: 30, noNaN: true }),
    fails: fc.boolean(),
    session: fc.constantFrom('a' as const, 'b' as const, null),
  }),
  { minLength: 1, maxLength: 30 },
);

/** Each call takes a second; the next one begins when it is over. */
function play(timeline: readonly Step[], onStep: (outages: Outages, at: number, step: Step) => void): void {
  const outages = new Outages();
  let now = 1000;
  for (const step of timeline) {
    now += step.afterSeconds;
    const startedAt = now;
    onStep(outages, startedAt, step);
    now += 1;
    if (step.fails) outages.failed(step.session, startedAt, policySeconds);
    else outages.answered(step.session, now, policySeconds);
  }
}

describe('the window of a node that met outages', () => {
  test('is as configured while every call is answered', () => {
    fc.assert(
      fc.property(steps, (timeline) => {
        play(
          timeline.map((step) => ({ ...step, fails: false })),
          (outages, at, { session }) => {
            expect(outages.windowSeconds(session ?? 'a', policySeconds, at)).toBe(policySeconds);
          },
        );
      }),
    );
  });

  test('reaches back to every failed call of the session for a whole window after the answer that ended it', () => {
    fc.assert(
      fc.property(steps, (timeline) => {
        let failedSince: number | null = null;
        let lastFailureAt = 0;
        let answeredAt = 0;
        play(timeline, (outages, at, { fails, session }) => {
          const isRemembered = failedSince !== null && at - lastFailureAt < outageSilenceSeconds;
          const inWindow = answeredAt <= lastFailureAt || at - answeredAt < policySeconds;
          if (isRemembered && inWindow) {
            const reached = at - outages.windowSeconds('a', policySeconds, at);
            expect(reached).toBeLessThanOrEqual((failedSince ?? 0) + 1e-6);
          }
          if (session !== 'a') return;
          if (fails) {
            // The earlier one is still spanned when this failure begins a new stretch within its window.
            if (failedSince === null || (answeredAt > lastFailureAt && at >= answeredAt)) failedSince = at;
            lastFailureAt = at;
          } else if (answeredAt <= lastFailureAt) {
            answeredAt = at + 1;
          }
        });
      }),
    );
  });

  test('grows by no more than the time between failures and the answers after them', () => {
    fc.assert(
      fc.property(steps, (timeline) => {
        let openSince: number | null = null;
        let lastFailureAt = 0;
        let ended = 0;
        play(timeline, (outages, at, { fails }) => {
          const open =
            openSince === null ? 0 : Math.min(at, lastFailureAt + outageSilenceSeconds) - openSince;
          const most = policySeconds + ended + Math.max(0, open) + 1e-6;
          // Sessions may be failing while the whole is answered: their time counts too, and is at most the sum of all of it.
          if (timeline.every(({ session }) => session === null)) {
            expect(outages.windowSeconds('a', policySeconds, at)).toBeLessThanOrEqual(most);
          }
          if (fails) {
            if (openSince !== null && at - lastFailureAt >= outageSilenceSeconds) {
              ended += outageSilenceSeconds + lastFailureAt - openSince;
              openSince = at;
            }
            openSince ??= at;
            lastFailureAt = at;
          } else if (openSince !== null) {
            ended += Math.min(at + 1, lastFailureAt + outageSilenceSeconds) - openSince;
            openSince = null;
          }
        });
      }),
    );
  });

  test('is as configured again a window after the last answer, and after a silence', () => {
    fc.assert(
      fc.property(steps, (timeline) => {
        let end = 0;
        let last = new Outages();
        play(timeline, (outages, at) => {
          last = outages;
          end = at + 1;
        });
        const later = end + outageSilenceSeconds + policySeconds;
        expect(last.windowSeconds('a', policySeconds, later)).toBe(policySeconds);
      }),
    );
  });

  test('stays none where the policy has none', () => {
    const outages = new Outages();
    outages.failed('a', 1000, 0);
    expect(outages.windowSeconds('a', 0, 1005)).toBe(0);
  });

  test('takes no time from a clock that was set back', () => {
    const outages = new Outages();
    outages.failed('a', 1000, policySeconds);
    outages.answered('a', 400, policySeconds);
    expect(outages.windowSeconds('a', policySeconds, 401)).toBe(policySeconds);
  });

  test('forgets the sessions that failed first when there are too many', () => {
    const outages = new Outages();
    for (let index = 0; index <= 10_000; index += 1) outages.failed(`s${index}`, 1000, policySeconds);
    outages.answered(null, 1000, policySeconds);
    expect(outages.windowSeconds('s0', policySeconds, 1005)).toBe(policySeconds);
    expect(outages.windowSeconds('s1', policySeconds, 1005)).toBe(policySeconds + 5);
  });
});

/** A store that carries out what it is told and answers nothing, while `frozen`. */
async function freezableWorld() {
  const state = { frozen: false };
  const store = interceptStore(createMemoryStore(), async (_, perform) => {
    const value = await perform();
    if (state.frozen) throw new PawlError('store_unavailable', 'the store did not answer');
    return value;
  });
  return { state, world: await openWorld({ store, policy: 'balanced' }) };
}

describe('a store that answers again after longer than the window', () => {
  test.each([12, 50, 600])('lets in a client that asked every 5 seconds of %i', async (outageSeconds) => {
    const { state, world } = await freezableWorld();
    const { authority, clock } = world;
    const { refreshToken } = await loginAs(authority, 'alice');
    state.frozen = true;
    for (let passed = 0; passed < outageSeconds; passed += 5) {
      await expect(present(authority, refreshToken)).rejects.toMatchObject({ code: 'store_unavailable' });
      clock.advance(5);
    }
    state.frozen = false;
    const { refreshToken: next } = grantedAs('replayed', await present(authority, refreshToken));
    clock.advance(9);
    grantedAs('replayed', await present(authority, refreshToken));
    clock.advance(60);
    grantedAs('rotated', await present(authority, next));
  });

  test('lets it in at a node that it had not asked, because that node asks every second', async () => {
    const { state, world } = await freezableWorld();
    const { authority, clock, addNode } = world;
    const other = await addNode();
    const { refreshToken } = await loginAs(authority, 'alice');
    await other.maintain();
    state.frozen = true;
    await expect(present(authority, refreshToken)).rejects.toMatchObject({ code: 'store_unavailable' });
    for (let passed = 0; passed < 90; passed += 1) {
      await expect(other.maintain()).rejects.toMatchObject({ code: 'store_unavailable' });
      clock.advance(1);
    }
    state.frozen = false;
    await other.maintain();
    grantedAs('replayed', await present(other, refreshToken));
  });

  test('still tells a thief: of a token that was retired before, a window after the answer, and of a third generation', async () => {
    const { state, world } = await freezableWorld();
    const { authority, clock } = world;
    const first = (await loginAs(authority, 'alice')).refreshToken;
    const second = grantedAs('rotated', await present(authority, first)).refreshToken;
    clock.advance(20);
    state.frozen = true;
    await expect(present(authority, second)).rejects.toMatchObject({ code: 'store_unavailable' });
    clock.advance(30);
    state.frozen = false;
    grantedAs('replayed', await present(authority, second));
    expect(await present(authority, first)).toMatchObject({ granted: false, outcome: 'reused' });

    const again = (await loginAs(authority, 'bob')).refreshToken;
    state.frozen = true;
    await expect(present(authority, again)).rejects.toMatchObject({ code: 'store_unavailable' });
    clock.advance(30);
    state.frozen = false;
    grantedAs('replayed', await present(authority, again));
    clock.advance(10);
    expect(await present(authority, again)).toMatchObject({ granted: false, outcome: 'reused' });
  });
});
