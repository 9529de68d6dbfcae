import { policies } from '../../src/rotation/index.js';
import { initialRotation } from '../../src/rotation/session.js';
import {
  neverReused,
  oneContinues,
  oneIsServed,
  retiredStaysRetired,
  thiefGetsNothing,
  windowEnds,
} from './claims.js';
import { anythingLate, balanced, resilient, type Theorem, theorem } from './theorem.js';

/** The store stops once, and may carry out one write late. */
const outage = { nodes: 2, outages: 1, outageSeconds: 1, late: 1 } as const;
const anything = { ...anythingLate, ...outage, tabs: 2 };

/** No message takes time, but any order is possible; the client sends again within a second. */
const quick = {
  ...{ ...outage, delaySeconds: 0, pauseSeconds: 1 },
  ...{ tabs: 2, requests: Infinity, policy: balanced(3) },
};
const delayed = { ...quick, delaySeconds: 1, pauseSeconds: 0 };
const twice = { ...quick, outages: 2, maxWindowSeconds: 9 };
/** Every node's poll fails, so that the client may wait for nearly two windows. */
const seenByAll = { ...quick, leastOutageSeconds: 1 };

const justRotated = {
  record: { ...initialRotation, generation: 1, previousFork: 0, rotatedAt: 0 },
  held: { generation: 1, fork: 0 },
};

/**
 * T1 where the store stops. What was carried out without an answer is a lost answer, and the client asks again: so the pause and four delays are
 * below the window (three for a client with its own store). At most two outages.
 */
export const t1WithOutage: readonly Theorem[] = [
  theorem('T1 with an outage', { ...quick, outageSeconds: 2, maxWindowSeconds: 9 }, neverReused),
  theorem('T1 with an outage', { ...delayed, policy: balanced(5), maxWindowSeconds: 11 }, neverReused),
  theorem(
    'T1 with an outage',
    { ...delayed, client: 'own-store', policy: balanced(4), maxWindowSeconds: 9 },
    neverReused,
  ),
  theorem(
    'T1 with an outage of the session',
    { ...quick, nodes: 1, outageOf: 'session', outageSeconds: 2, maxWindowSeconds: 9 },
    neverReused,
  ),
  theorem('T1 with two late writes', { ...quick, late: 2, maxWindowSeconds: 8 }, neverReused),
  theorem('T1 with two outages', { ...twice, tabs: 1, requests: 1 }, neverReused),
  theorem(
    'T1 with two outages, after a rotation',
    { ...twice, ...justRotated, outageSeconds: 0, pauseSeconds: 0, tabs: 1 },
    neverReused,
  ),
  theorem(
    'T1 with an outage that every node sees',
    { ...seenByAll, outageSeconds: 2, pauseSeconds: 4, maxWindowSeconds: 10 },
    neverReused,
  ),
  theorem(
    'T1 with an outage that every node sees',
    {
      ...{ ...seenByAll, client: 'own-store', policy: balanced(4), delaySeconds: 1, pauseSeconds: 5 },
      ...{ late: 0, requests: 2, maxWindowSeconds: 13 },
    },
    neverReused,
  ),
  theorem('T1 with an outage and a login', { ...quick, logins: 1, maxWindowSeconds: 7 }, neverReused),
];

export const t2WithOutage: readonly Theorem[] = [
  theorem(
    'T2 with an outage',
    { ...anything, bound: true, theft: true, policy: policies.strict, requests: 3, maxWindowSeconds: 1 },
    thiefGetsNothing,
  ),
  theorem(
    'T2 with an outage',
    { ...anything, bound: true, theft: true, policy: balanced(1), requests: 2, maxWindowSeconds: 3 },
    thiefGetsNothing,
  ),
  theorem(
    'T2 with an outage and a rollback',
    {
      ...{ ...anything, bound: true, theft: true, rollback: true },
      ...{ policy: policies.strict, requests: 2, maxWindowSeconds: 1 },
    },
    thiefGetsNothing,
  ),
];

export const t3WithOutage: readonly Theorem[] = [
  theorem(
    'T3 with an outage',
    { ...anything, tabs: 1, policy: resilient(0), requests: 5, maxWindowSeconds: 1 },
    neverReused,
  ),
  theorem(
    'T3 with an outage',
    { ...anything, tabs: 1, policy: resilient(1), requests: 3, maxWindowSeconds: 4 },
    neverReused,
  ),
];

/** No outage makes a retry where the window is 0. */
export const t4WithOutage: readonly Theorem[] = [
  theorem(
    'T4 with an outage (one is served)',
    { ...anything, theft: true, policy: policies.strict, requests: 3, maxWindowSeconds: 1 },
    oneIsServed,
  ),
  theorem(
    'T4 with an outage (one continues)',
    { ...anything, theft: true, policy: resilient(0), requests: 2, maxWindowSeconds: 1 },
    oneContinues,
  ),
  theorem(
    'T4 with an outage and a login (one is served)',
    { ...anything, theft: true, logins: 1, policy: policies.strict, requests: 2, maxWindowSeconds: 1 },
    oneIsServed,
  ),
];

export const t5WithOutage: readonly Theorem[] = [
  theorem(
    'T5 with an outage',
    { ...quick, rollback: true, policy: balanced(2), requests: 2, maxWindowSeconds: 5 },
    neverReused,
  ),
  theorem('T5 with an outage', { ...quick, rollback: true, requests: 2, maxWindowSeconds: 7 }, neverReused),
];

const watched = { ...anything, theft: true, floods: true, requests: 2, maxWindowSeconds: 5 };

/** Where a call was sent and not answered, within the window or before it and still open, it is at most the longest of all. */
export const t6WithOutage: readonly Theorem[] = [
  theorem('T6 with an outage', { ...watched, tabs: 1, policy: balanced(2) }, windowEnds(2, 5)),
  theorem('T6 with an outage', { ...watched, policy: policies.strict, maxWindowSeconds: 1 }, windowEnds(0)),
];

const retired = { ...watched, tabs: 1, nodes: 1, requests: 3 } as const;

/** Promise P2, outside the window that an outage has stretched. */
export const reuseAfterOutage: readonly Theorem[] = [
  theorem('P2 with an outage', { ...retired, policy: balanced(2) }, retiredStaysRetired(2, 5)),
  theorem('P2 with an outage', { ...retired, policy: resilient(2), late: 0 }, retiredStaysRetired(2, 5)),
];
