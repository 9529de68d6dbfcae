import { describe, expect, test } from 'vitest';
import { type PolicyName, PawlError, type Tokens } from '../../src/index.js';
import type { Store } from '../../src/stores/index.js';
import { interceptStore } from './intercepted-store.js';
import { storeKinds } from './stores.js';
import {
  grantedAs,
  isVerified,
  loginAs,
  openWorld,
  present,
  type World,
  type WorldOptions,
} from './world.js';

/** `before`: the step did not happen. `after`: it did, and the answer was lost. */
type Moment = 'before' | 'after';

interface Fault {
  /** Which call from now on fails; null: none. */
  failAt: number | null;
  moment: Moment;
  /** Calls since the fault was set. */
  calls: number;
}

function failingStore(store: Store): { readonly store: Store; readonly fault: Fault } {
  const fault: Fault = { failAt: null, moment: 'before', calls: 0 };
  const failing = interceptStore(store, async (_, perform) => {
    const fails = fault.failAt === fault.calls;
    fault.calls += 1;
    if (fails && fault.moment === 'before') throw unavailable();
    const value = await perform();
    if (fails) throw unavailable();
    return value;
  });
  return { store: failing, fault };
}

function unavailable(): PawlError {
  return new PawlError('store_unavailable', 'the store did not answer');
}

interface Faulty extends World {
  readonly fault: Fault;
}

async function openFaulty(
  openStore: (typeof storeKinds)[number]['openStore'],
  options: WorldOptions,
): Promise<Faulty> {
  const { store, fault } = failingStore(await openStore());
  return { ...(await openWorld({ ...options, store })), fault };
}

/** Runs `call` with the store failing at each position in turn; `check` sees each world after the failure. */
async function atEachPosition(
  open: () => Promise<Faulty>,
  moment: Moment,
  arrange: (world: Faulty) => Promise<() => Promise<unknown>>,
  check: (world: Faulty, call: () => Promise<unknown>) => Promise<void>,
): Promise<number> {
  for (let position = 0; ; position++) {
    const world = await open();
    const call = await arrange(world);
    Object.assign(world.fault, { failAt: position, moment, calls: 0 });
    const failure: unknown = await call().then(
      () => null,
      (error: unknown) => error,
    );
    const reached = world.fault.calls > position;
    world.fault.failAt = null;
    if (!reached) {
      expect(failure).toBeNull();
      return position;
    }
    expect(failure, `position ${position}`).toMatchObject({ name: 'PawlError', code: 'store_unavailable' });
    await check(world, call);
  }
}

const moments: readonly Moment[] = ['before', 'after'];

/** How a session stands when its client refreshes. */
const situations: Readonly<Record<string, (world: World, tokens: Tokens) => Promise<string>>> = {
  'after login': (_, { refreshToken }) => Promise.resolve(refreshToken),
  'some time after a rotation': async ({ authority, clock }, tokens) => {
    const next = grantedAs('rotated', await present(authority, tokens.refreshToken));
    clock.advance(200);
    return next.refreshToken;
  },
  'with the current token inside the window': async ({ authority, clock }, tokens) => {
    const next = grantedAs('rotated', await present(authority, tokens.refreshToken));
    clock.advance(3);
    return next.refreshToken;
  },
  'with the previous token inside the window': async ({ authority, clock }, tokens) => {
    grantedAs('rotated', await present(authority, tokens.refreshToken));
    clock.advance(3);
    return tokens.refreshToken;
  },
  'with a token ahead of the record': async ({ authority, clock, store }, tokens) => {
    const old = await store.sessions.find(tokens.sessionId);
    const next = grantedAs('rotated', await present(authority, tokens.refreshToken));
    const read = await store.sessions.find(tokens.sessionId);
    if (old === null || read === null) throw new Error('no such session');
    clock.advance(200);
    await store.sessions.apply(read, { kind: 'advance', to: old }, clock.now());
    return next.refreshToken;
  },
};

describe.each(storeKinds)('when the store $kind fails', ({ openStore }) => {
  describe.each(Object.entries(situations))('a client that refreshes %s', (_, situation) => {
    test.each(
      moments.flatMap((moment) =>
        (['balanced', 'resilient'] as const).flatMap((policy) =>
          [false, true].map((hook) => ({ moment, policy, hook })),
        ),
      ),
    )('gets 503 $moment each step and is granted on retry, $policy, claims hook: $hook', async ({
      moment,
      policy,
      hook,
    }) => {
      const positions = await atEachPosition(
        () =>
          openFaulty(openStore, { policy, ...(hook ? { claims: () => ({ claims: { role: 'x' } }) } : {}) }),
        moment,
        async (world) => {
          const token = await situation(world, await loginAs(world.authority, 'alice'));
          return () => present(world.authority, token);
        },
        async ({ authority, clock }, retry) => {
          clock.advance(5);
          const result = (await retry()) as Awaited<ReturnType<typeof present>>;
          if (!result.granted) throw new Error(`refused: ${result.outcome}`);
          expect(await isVerified(authority, result.tokens)).toBe(true);
          clock.advance(60);
          grantedAs('rotated', await present(authority, result.tokens.refreshToken));
        },
      );
      expect(positions).toBeGreaterThanOrEqual(hook ? 2 : 1);
    });
  });

  // An answer that was lost after the rotation, and a retry that comes after the window.
  const lateRetries: readonly (readonly [PolicyName, Moment, string])[] = [
    ['strict', 'before', 'rotated'],
    ['balanced', 'before', 'rotated'],
    ['resilient', 'before', 'rotated'],
    ['strict', 'after', 'reused'],
    ['balanced', 'after', 'reused'],
    ['resilient', 'after', 'forked'],
  ];

  test.each(
    lateRetries,
  )('%s: a retry an hour after a failure %s the step is %s', async (policy, moment, outcome) => {
    await atEachPosition(
      () => openFaulty(openStore, { policy }),
      moment,
      async ({ authority }) => {
        const { refreshToken } = await loginAs(authority, 'alice');
        return () => present(authority, refreshToken);
      },
      async ({ clock }, retry) => {
        clock.advance(3600);
        expect(await retry()).toMatchObject({ outcome });
      },
    );
  });

  test('a bound session is granted at any age of the retry', async () => {
    const boundKey = 'A'.repeat(43);
    await atEachPosition(
      () => openFaulty(openStore, { policy: 'strict' }),
      'after',
      async ({ authority }) => {
        const { refreshToken } = await loginAs(authority, 'alice', { boundKey });
        return () => present(authority, refreshToken, boundKey);
      },
      async ({ clock }, retry) => {
        clock.advance(86_400);
        expect(await retry()).toMatchObject({ outcome: 'replayed', granted: true });
      },
    );
  });

  test.each(
    moments,
  )('reuse that failed %s its step is refused on retry, and the session is over', async (moment) => {
    await atEachPosition(
      () => openFaulty(openStore, {}),
      moment,
      async ({ authority, clock }) => {
        const { refreshToken } = await loginAs(authority, 'alice');
        grantedAs('rotated', await present(authority, refreshToken));
        clock.advance(60);
        return () => present(authority, refreshToken);
      },
      async ({ authority }, retry) => {
        const { outcome } = (await retry()) as { outcome: string };
        expect(['reused', 'revoked']).toContain(outcome);
        expect(await authority.listSessions('alice')).toEqual([]);
      },
    );
  });

  test.each(
    moments,
  )('every other call fails with 503 %s each step, and its repetition has the effect', async (moment) => {
    const effects: Readonly<Record<string, (world: World, tokens: Tokens) => Promise<unknown>>> = {
      logout: ({ authority }, { refreshToken }) => authority.logout(refreshToken),
      revokeSession: ({ authority }, { sessionId }) =>
        authority.revokeSession(sessionId, { subject: 'alice' }),
      revokeSubject: ({ authority }) => authority.revokeSubject('alice'),
      revokeOthers: ({ authority }) => authority.revokeOthers('alice', 'none'),
    };
    for (const effect of Object.values(effects)) {
      await atEachPosition(
        () => openFaulty(openStore, {}),
        moment,
        async (world) => {
          const tokens = await loginAs(world.authority, 'alice');
          return () => effect(world, tokens);
        },
        async ({ authority }, repeat) => {
          await repeat();
          expect(await authority.listSessions('alice')).toEqual([]);
        },
      );
    }
    for (const question of ['verify', 'introspect', 'list', 'find'] as const) {
      await atEachPosition(
        () => openFaulty(openStore, {}),
        moment,
        async ({ authority }) => {
          const { accessToken, sessionId } = await loginAs(authority, 'alice');
          const calls = {
            verify: async () => (await authority.verify(accessToken)).valid,
            introspect: async () => (await authority.introspect(accessToken)).active,
            list: async () => (await authority.listSessions('alice')).length === 1,
            find: async () => (await authority.findSession(sessionId))?.alive,
          };
          return calls[question];
        },
        async (_, repeat) => {
          expect(await repeat()).toBe(true);
        },
      );
    }
  });

  test('a login that failed may be repeated', async () => {
    for (const moment of moments) {
      await atEachPosition(
        () => openFaulty(openStore, {}),
        moment,
        ({ authority }) => Promise.resolve(() => loginAs(authority, 'alice')),
        async ({ authority }, repeat) => {
          const tokens = (await repeat()) as Tokens;
          grantedAs('rotated', await present(authority, tokens.refreshToken));
        },
      );
    }
  });

  test('nothing is reported that did not happen', async () => {
    await atEachPosition(
      () => openFaulty(openStore, {}),
      'before',
      async (world) => {
        const { refreshToken } = await loginAs(world.authority, 'alice');
        world.takeEvents();
        return () => present(world.authority, refreshToken);
      },
      (world) => {
        expect(world.takeEvents()).toEqual([]);
        return Promise.resolve();
      },
    );
  });
});
