import { policies } from '../../src/rotation/index.js';
import { initialRotation } from '../../src/rotation/session.js';
import {
  loginIsKept,
  neverReused,
  oneContinues,
  oneIsServed,
  retiredStaysRetired,
  thiefGetsNothing,
  windowEnds,
} from './claims.js';
import { anythingLate, balanced, resilient, type Theorem, theorem } from './theorem.js';

/** The answer that carried g1 was lost, long ago. */
const answerLost = { ...initialRotation, generation: 1, previousFork: 0, rotatedAt: -100 };
/** The same, after one `forked`; its answer arrived. */
const forkedOnce = { ...answerLost, fork: 1, seen: true };
const atLogin = { generation: 0, fork: 0 };

const bound = { ...anythingLate, bound: true, theft: true, rollback: true };
const oneAtATime = { ...anythingLate, tabs: 1, requests: 10 };
const theft = { ...anythingLate, theft: true };
const flooded = { ...theft, floods: true, maxWindowSeconds: 6 };

/** A bearer client, no loss, one-way delay below a third of the window: never reuse. */
export const t1: readonly Theorem[] = [
  theorem('T1', {}, neverReused),
  theorem('T1', { policy: resilient(4) }, neverReused),
  theorem('T1', { client: 'own-store' }, neverReused),
  theorem('T1', { policy: balanced(7), delaySeconds: 2 }, neverReused),
  theorem('T1', { requests: Infinity }, neverReused),
  theorem('T1', { policy: resilient(10), delaySeconds: 3, requests: Infinity, tabs: 4 }, neverReused),
  theorem('T1 after a lost answer', { policy: resilient(4), record: answerLost, held: atLogin }, neverReused),
];

/** T1 where the owner logs in again into the session. A client that keeps its own store then goes on with the new token. */
export const t1WithLogin: readonly Theorem[] = [
  theorem('T1 with a login', { logins: 1 }, neverReused),
  theorem('T1 with a login', { logins: 1, policy: resilient(4), requests: Infinity }, neverReused),
  theorem('T1 with two logins', { logins: 2, tabs: 2, requests: 4 }, neverReused),
  theorem('T1, the login is kept', { logins: 1, client: 'own-store' }, loginIsKept),
];

/** A bound client, whatever happens: never reuse, and nothing for the thief. */
export const t2: readonly Theorem[] = [
  theorem('T2', { ...bound, policy: policies.strict }, thiefGetsNothing),
  theorem('T2', { ...bound, policy: resilient(0) }, thiefGetsNothing),
  theorem('T2', { ...bound, policy: balanced(1) }, thiefGetsNothing),
  theorem('T2', { ...bound, policy: resilient(2) }, thiefGetsNothing),
];

/** A resilient policy, one request at a time, any loss: never reuse. */
export const t3: readonly Theorem[] = [
  theorem('T3', { ...oneAtATime, policy: resilient(0) }, neverReused),
  theorem('T3', { ...oneAtATime, policy: resilient(3) }, neverReused),
  theorem(
    'T3 and a rollback',
    { ...oneAtATime, requests: 6, policy: resilient(3), rollback: true },
    neverReused,
  ),
];

/** Window 0 and a thief: after the theft only one of the two goes on. */
export const t4: readonly Theorem[] = [
  theorem('T4 (one is served)', { ...theft, policy: policies.strict }, oneIsServed),
  theorem('T4 (one continues)', { ...theft, policy: resilient(0) }, oneContinues),
];

/** The same, counted anew when the owner logs in again; and no token from before that is granted any more. */
export const t4WithLogin: readonly Theorem[] = [
  theorem(
    'T4 with a login (one is served)',
    { ...theft, policy: policies.strict, logins: 1, requests: 5 },
    oneIsServed,
  ),
  theorem(
    'T4 with a login (one continues)',
    { ...theft, policy: resilient(0), logins: 1, requests: 4 },
    oneContinues,
  ),
];

/** T1 with one store rollback. */
export const t5: readonly Theorem[] = [
  theorem('T5', { rollback: true }, neverReused),
  theorem('T5', { rollback: true, policy: resilient(4) }, neverReused),
  theorem('T5', { rollback: true, client: 'own-store' }, neverReused),
  theorem('T5', { rollback: true, policy: balanced(7), delaySeconds: 2, tabs: 2 }, neverReused),
  theorem(
    'T5 after a fork',
    { rollback: true, policy: resilient(4), record: forkedOnce, held: forkedOnce },
    neverReused,
  ),
];

/** Whatever callers do, a token is spared a rotation within the window of the record only. */
export const t6: readonly Theorem[] = [
  theorem('T6', { ...flooded, requests: 5, policy: balanced(2) }, windowEnds(2)),
  theorem('T6', { ...flooded, requests: 4, policy: resilient(3) }, windowEnds(3)),
  theorem('T6', { ...flooded, requests: 5, policy: policies.strict }, windowEnds(0)),
];

/** Promise P2: a token is never granted again once a newer one was redeemed and the window is over. */
export const reuseAtAnyAge: readonly Theorem[] = [
  theorem('P2', { ...theft, requests: 5, policy: policies.strict }, retiredStaysRetired(0)),
  theorem('P2', { ...theft, requests: 5, policy: balanced(2) }, retiredStaysRetired(2)),
  theorem('P2', { ...theft, requests: 5, policy: resilient(2) }, retiredStaysRetired(2)),
];
