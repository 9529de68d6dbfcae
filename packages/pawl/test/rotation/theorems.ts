import { decide, initialRotation, type Policy, policies } from '../../src/rotation/index.js';
import {
  type Claim,
  neverReused,
  oneContinues,
  oneIsServed,
  retiredStaysRetired,
  thiefGetsNothing,
} from './claims.js';
import { type Explored, search } from './search.js';
import type { World } from './world.js';

/** A claim about every run of one world. */
export interface Theorem {
  readonly name: string;
  readonly world: World;
  /** Searches the world, or the world with something changed. */
  readonly explore: (changes?: Partial<World>) => Explored;
}

/** The least world: nothing goes wrong. */
export const calmWorld: World = {
  policy: { ...policies.balanced, windowSeconds: 4 },
  bound: false,
  client: 'cookie-jar',
  tabs: 3,
  requests: 6,
  delaySeconds: 1,
  loss: false,
  theft: false,
  rollback: false,
  record: initialRotation,
  held: initialRotation,
  rule: decide,
  keptSetsCookie: false,
};

const balanced = (windowSeconds: number): Policy => ({ ...policies.balanced, windowSeconds });
const resilient = (windowSeconds: number): Policy => ({ ...policies.resilient, windowSeconds });

/** The answer that carried g1 was lost, long ago. */
const answerLost = { ...initialRotation, generation: 1, previousFork: 0, rotatedAt: -100 };
/** The same, after one `forked`; its answer arrived. */
const forkedOnce = { ...answerLost, fork: 1, seen: true };
const atLogin = { generation: 0, fork: 0 };

const anythingLate = { delaySeconds: Infinity, loss: true };
const bound = { ...anythingLate, bound: true, theft: true, rollback: true };
const oneAtATime = { ...anythingLate, tabs: 1, requests: 10 };
const theft = { ...anythingLate, theft: true };

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

/** Promise P2: a token is never granted again once a newer one was redeemed and the window is over. */
export const reuseAtAnyAge: readonly Theorem[] = [
  theorem('P2', { ...theft, requests: 5, policy: policies.strict }, retiredStaysRetired(0)),
  theorem('P2', { ...theft, requests: 5, policy: balanced(2) }, retiredStaysRetired(2)),
  theorem('P2', { ...theft, requests: 5, policy: resilient(2) }, retiredStaysRetired(2)),
];

/** Says in the name what was searched, and therefore what was not. */
function theorem<Memory>(label: string, changes: Partial<World>, claim: Claim<Memory>): Theorem {
  const world = { ...calmWorld, ...changes };
  return {
    name: `${label}: ${boundsOf(world)}`,
    world,
    explore: (more = {}) => search({ ...world, ...more }, claim),
  };
}

function boundsOf(world: World): string {
  const { policy, delaySeconds } = world;
  return [
    policy.resilient ? 'resilient' : policy.windowSeconds === 0 ? 'strict' : 'balanced',
    world.bound ? 'bound' : `bearer ${world.client}`,
    `window ${policy.windowSeconds} s`,
    delaySeconds === Infinity ? 'any delay' : `delay up to ${delaySeconds} s`,
    `${world.tabs} at a time`,
    world.requests === Infinity ? 'any number of requests' : `${world.requests} requests`,
    ...(['loss', 'theft', 'rollback'] as const).filter((trouble) => world[trouble]),
  ].join(', ');
}
