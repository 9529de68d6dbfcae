import { policies } from '../../src/rotation/index.js';
import { neverReused, oneIsServed, retiredStaysRetired, thiefGetsNothing, windowEnds } from './claims.js';
import { anythingLate, balanced, resilient, type Theorem, theorem } from './theorem.js';

const outage = { nodes: 2, outages: 1, outageSeconds: 1, late: 1 } as const;
const anything = { ...anythingLate, ...outage, tabs: 2 };
const calm = { ...outage, tabs: 2, requests: 3 };
const quick = { policy: balanced(3), delaySeconds: 0, pauseSeconds: 1 };

/** Instances that take some minutes together. */
export const largeTheorems: readonly Theorem[] = [
  theorem('T1', { tabs: 4, requests: 8, policy: resilient(7), delaySeconds: 2 }, neverReused),
  theorem('T1 with a login', { logins: 2, requests: 6, policy: resilient(7), delaySeconds: 2 }, neverReused),
  theorem(
    'T2',
    { ...anythingLate, ...{ bound: true, theft: true, rollback: true, policy: balanced(3) } },
    thiefGetsNothing,
  ),
  theorem(
    'T4 with a login (one is served)',
    { ...anythingLate, theft: true, policy: policies.strict, logins: 2, requests: 6 },
    oneIsServed,
  ),
  theorem('T5', { rollback: true, policy: resilient(7), delaySeconds: 2, requests: 7 }, neverReused),
  theorem(
    'T1 with an outage',
    { ...calm, requests: Infinity, policy: balanced(6), pauseSeconds: 1, maxWindowSeconds: 14 },
    neverReused,
  ),
  theorem(
    'T1 with an outage',
    {
      ...{ ...calm, requests: Infinity, policy: balanced(10), delaySeconds: 2, pauseSeconds: 1 },
      maxWindowSeconds: 22,
    },
    neverReused,
  ),
  theorem(
    'T1 with an outage',
    { ...calm, tabs: 3, requests: Infinity, policy: balanced(5), maxWindowSeconds: 12 },
    neverReused,
  ),
  theorem(
    'T1 with two outages',
    { ...calm, ...quick, outages: 2, tabs: 1, requests: Infinity, maxWindowSeconds: 9 },
    neverReused,
  ),
  theorem(
    'T1 with an outage that every node sees',
    {
      ...{ ...calm, client: 'own-store', policy: balanced(4), pauseSeconds: 5 },
      ...{ leastOutageSeconds: 1, late: 0, requests: Infinity, maxWindowSeconds: 13 },
    },
    neverReused,
  ),
  theorem(
    'T2 with an outage and a rollback',
    {
      ...anything,
      ...{
        bound: true,
        theft: true,
        rollback: true,
        policy: policies.strict,
        requests: 3,
        maxWindowSeconds: 1,
      },
    },
    thiefGetsNothing,
  ),
  theorem(
    'T3 with an outage',
    { ...anything, tabs: 1, policy: resilient(1), requests: 5, maxWindowSeconds: 4 },
    neverReused,
  ),
  theorem(
    'T4 with an outage and a login (one is served)',
    { ...anything, theft: true, logins: 1, policy: policies.strict, requests: 3, maxWindowSeconds: 1 },
    oneIsServed,
  ),
  theorem('T5 with an outage', { ...calm, ...quick, rollback: true, maxWindowSeconds: 7 }, neverReused),
  theorem(
    'T6 with an outage',
    {
      ...anything,

      theft: true,
      floods: true,
      requests: 3,
      policy: balanced(2),
      maxWindowSeconds: 5,
    },
    windowEnds(2, 5),
  ),
  theorem(
    'P2 with an outage',
    { ...anything, tabs: 1, theft: true, requests: 3, policy: balanced(2), maxWindowSeconds: 5 },
    retiredStaysRetired(2, 5),
  ),
];
