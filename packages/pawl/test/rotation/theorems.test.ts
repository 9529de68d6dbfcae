import { describe, expect, test } from 'vitest';
import { decide, policies } from '../../src/rotation/index.js';
import { initialRotation } from '../../src/rotation/session.js';
import { loginIsKept, neverReused, oneContinues, oneRotates } from './claims.js';
import { expectCounterexample, expectTheorem } from './replay.js';
import { search } from './search.js';
import { calmWorld, type Theorem } from './theorem.js';
import { reuseAtAnyAge, t1, t1WithLogin, t2, t3, t4, t4WithLogin, t5, t6 } from './theorems.js';
import { production, type World } from './world.js';

describe.each([
  ['T1: bearer, no loss, delay below window/3: never reused', t1],
  ['T1 where the owner logs in again', t1WithLogin],
  ['T2: bound, any trouble: never reused, nothing for the thief', t2],
  ['T3: resilient, one request at a time, any loss: never reused', t3],
  ['T4: window 0: after a theft only one of the two goes on', t4],
  ['T4 where the owner logs in again', t4WithLogin],
  ['T5: T1 with one store rollback: never reused', t5],
  ['T6: no caller makes a window longer than the record says', t6],
  ['P2: a retired token is refused at any age', reuseAtAnyAge],
])('%s', (_title, instances) => {
  test.each(instances.map((theorem) => [theorem.name, theorem] as const))('%s', (_name, theorem) => {
    expectTheorem(theorem);
  });
});

describe('each side condition is needed', () => {
  const cases: readonly [string, Theorem | undefined, Partial<World>][] = [
    ['T1 with loss', t1[0], { loss: true }],
    ['T1 with a delay of window/3', t1[0], { policy: { ...policies.balanced, windowSeconds: 3 } }],
    ['T1 with a delay of window/2', t1[0], { delaySeconds: 2 }],
    ['T2 without the bound key', t2[0], { bound: false }],
    [
      'T2 without the bound key and without loss or rollback',
      t2[2],
      { bound: false, loss: false, rollback: false },
    ],
    ['T3 with two requests at a time', t3[1], { tabs: 2 }],
    ['T3 in a balanced policy', t3[1], { policy: { ...policies.balanced, windowSeconds: 3 } }],
    ['T4 with a window of 1 s', t4[1], { policy: { ...policies.balanced, windowSeconds: 1 } }],
    ['T4 with a rollback', t4[0], { rollback: true }],
    ['T5 with a delay of window/3', t5[0], { policy: { ...policies.balanced, windowSeconds: 3 } }],
    ['T5 with loss', t5[0], { loss: true }],
  ];
  test.each(cases)('%s a counterexample is found, and it replays', (name, theorem, changes) => {
    if (theorem === undefined) throw new Error('no such theorem');
    expectCounterexample(name, { ...theorem.world, ...changes }, theorem.explore(changes));
  });

  test('T5 without `healed`, 3 tabs, 6 requests: the rollback logs the client out', () => {
    const withoutHealed: typeof decide = (...asked) => {
      const decision = decide(...asked);
      return decision.outcome === 'healed'
        ? { outcome: 'reused', change: { kind: 'revoke-subject' } }
        : decision;
    };
    const world = { ...calmWorld, rollback: true, code: { ...production, decide: withoutHealed } };
    expectCounterexample('T5 without healed', world, search(world, neverReused));
  });

  test('the login of a cookie jar: an older answer that is still on its way replaces its token', () => {
    const world = { ...calmWorld, logins: 1 };
    expectCounterexample('a login and a cookie jar', world, search(world, loginIsKept));
  });
});

describe('the bound on the delay is exact', () => {
  const windows = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;

  test.each(
    windows,
  )('cookie jar, window %i s, 3 tabs, any number of requests: safe below window/3 only', (window) => {
    expect(firstUnsafeDelay(window, 'cookie-jar')).toBe(Math.ceil(window / 3));
  });

  test.each(
    windows,
  )('own store, window %i s, 3 tabs, any number of requests: safe below window/2 only', (window) => {
    expect(firstUnsafeDelay(window, 'own-store')).toBe(Math.ceil(window / 2));
  });

  function firstUnsafeDelay(windowSeconds: number, client: World['client']): number {
    const policy = { ...policies.balanced, windowSeconds };
    const safe: string[] = [];
    for (let delaySeconds = 0; ; delaySeconds++) {
      const world = { ...calmWorld, policy, client, delaySeconds, requests: Infinity };
      const { states, counterexample } = search(world, neverReused);
      if (counterexample !== null) {
        const steps = counterexample.events.length;
        console.log(
          `${client}, window ${windowSeconds} s: safe ${safe.join(', ')}; broken at ${delaySeconds} s in ${steps} steps`,
        );
        return delaySeconds;
      }
      safe.push(`${delaySeconds} s (${states} states)`);
    }
  }
});

describe('stated limits', () => {
  const nearLastFork = {
    policy: { ...policies.resilient, windowSeconds: 0 },
    record: { ...initialRotation, generation: 1, fork: 254, previousFork: 0, rotatedAt: -100 },
    held: { generation: 0, fork: 0 },
  };
  const stolen: World = { ...calmWorld, delaySeconds: Infinity, loss: true, theft: true };

  test('window 4 s, 3 tabs, 6 requests: thief and owner both rotate, unnoticed', () => {
    expectCounterexample('both rotate inside a window', stolen, search(stolen, oneRotates));
  });

  test('strict, 3 tabs, 6 requests: the two never both have the outcome `rotated`', () => {
    const explored = search({ ...stolen, policy: policies.strict }, oneRotates);
    expect(explored.counterexample).toBeNull();
  });

  test('resilient with window 0: the two may both have the outcome `rotated`, once, before the trap closes', () => {
    const world = { ...stolen, policy: { ...policies.resilient, windowSeconds: 0 } };
    expectCounterexample('T4 by the letter, resilient', world, search(world, oneRotates));
  });

  test('resilient with window 0, from fork 254, 3 tabs, 6 requests: T4 holds where the forks end', () => {
    const explored = search({ ...stolen, ...nearLastFork }, oneContinues);
    console.log(`T4 from fork 254: ${explored.states} states`);
    expect(explored.counterexample).toBeNull();
  });

  test('resilient with window 0, from fork 254, one request at a time: the answers that may be lost are counted', () => {
    const world = { ...calmWorld, ...nearLastFork, delaySeconds: Infinity, loss: true, tabs: 1 };
    expectCounterexample('T3 at the last fork', world, search(world, neverReused));
  });
});
