import { describe, expect, test } from 'vitest';
import { policies } from '../../src/rotation/index.js';
import { windowEnds } from './claims.js';
import { longestWindows } from './longest-window.js';
import {
  reuseAfterOutage,
  t1WithOutage,
  t2WithOutage,
  t3WithOutage,
  t4WithOutage,
  t5WithOutage,
  t6WithOutage,
} from './outage-theorems.js';
import { expectCounterexample, expectTheorem } from './replay.js';
import { search } from './search.js';
import { anythingLate, balanced, calmWorld, type Theorem } from './theorem.js';
import type { World } from './world.js';

describe.each([
  ['T1 with an outage: bearer, no loss: never reused', t1WithOutage],
  ['T2 with an outage: bound, any trouble: never reused, nothing for the thief', t2WithOutage],
  ['T3 with an outage: resilient, one request at a time, any loss: never reused', t3WithOutage],
  ['T4 with an outage: window 0: after a theft only one of the two goes on', t4WithOutage],
  ['T5 with an outage: T1 with one store rollback: never reused', t5WithOutage],
  ['T6 with an outage: no window is longer than the longest', t6WithOutage],
  ['P2 with an outage: outside the stretched window a retired token is refused', reuseAfterOutage],
])('%s', (_title, instances) => {
  test.each(instances.map((theorem) => [theorem.name, theorem] as const))('%s', (_name, theorem) => {
    expectTheorem(theorem);
  });
});

describe('each side condition is needed: with an outage,', () => {
  const cases: readonly [string, Theorem | undefined, Partial<World>][] = [
    ['T1: a pause and four delays as long as the window', t1WithOutage[1], { policy: balanced(4) }],
    ['T1: own store, a pause and three delays as long', t1WithOutage[2], { policy: balanced(3) }],
    ['T1: no delay, a pause as long as the window', t1WithOutage[0], { policy: balanced(1) }],
    ['T1: a longest window below that of the outage', t1WithOutage[0], { maxWindowSeconds: 3 }],
    ['T1: three outages', t1WithOutage[5], { outages: 3 }],
    ['T1: seen by every node, a pause of two windows', t1WithOutage[7], { pauseSeconds: 6 }],
    ['T1: an outage of the session, of which another node knows nothing', t1WithOutage[3], { nodes: 2 }],
    ['T1: window 0', t1WithOutage[0], { policy: policies.strict }],
    ['T1: loss', t1WithOutage[0], { loss: true }],
    ['T3: two requests at a time', t3WithOutage[1], { tabs: 2 }],
    ['T4: a window of 1 s', t4WithOutage[0], { policy: balanced(1) }],
    ['T5: a pause as long as the window', t5WithOutage[0], { policy: balanced(1) }],
  ];
  test.each(cases)('%s: a counterexample is found, and it replays', (name, theorem, changes) => {
    if (theorem === undefined) throw new Error('no such theorem');
    expectCounterexample(name, { ...theorem.world, ...changes }, theorem.explore(changes));
  });

  test('T6 by the letter: an outage makes a window longer than the record says', () => {
    const world: World = {
      ...{ ...calmWorld, ...anythingLate, theft: true, policy: balanced(2), requests: 3 },
      ...{ nodes: 2, outages: 1, outageSeconds: 1, maxWindowSeconds: 5 },
    };
    expectCounterexample('T6 with an outage, by the letter', world, search(world, windowEnds(2)));
  });
});

test('the longest windows that a caller can cause', () => {
  const found = longestWindows();
  for (const { name, seconds } of found) console.log(`longest window: ${name}: ${seconds} s`);
  expect(found.map(({ seconds }) => seconds)).toEqual([2, 3, 7, 8, 10]);
});
