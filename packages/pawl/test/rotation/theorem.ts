import { type Policy, policies } from '../../src/rotation/index.js';
import { initialRotation } from '../../src/rotation/session.js';
import type { Claim } from './claims.js';
import { type Explored, search } from './search.js';
import { production, type World } from './world.js';

/** A claim about every run of one world. */
export interface Theorem {
  /** Of the claim and its conditions: `T1 with an outage`. */
  readonly label: string;
  /** With the bounds of the world: what was searched, and therefore what was not. */
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
  pauseSeconds: 0,
  loss: false,
  theft: false,
  rollback: false,
  logins: 0,
  nodes: 1,
  outages: 0,
  leastOutageSeconds: 0,
  outageSeconds: 0,
  outageOf: 'store',
  late: 0,
  maxWindowSeconds: 0,
  floods: false,
  record: initialRotation,
  held: initialRotation,
  code: production,
};

export const balanced = (windowSeconds: number): Policy => ({ ...policies.balanced, windowSeconds });
export const resilient = (windowSeconds: number): Policy => ({ ...policies.resilient, windowSeconds });

export const anythingLate = { delaySeconds: Infinity, pauseSeconds: Infinity, loss: true };

export function theorem<Memory>(label: string, changes: Partial<World>, claim: Claim<Memory>): Theorem {
  const world = { ...calmWorld, ...changes };
  return {
    label,
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
    ...(['loss', 'theft', 'rollback', 'floods'] as const).filter((trouble) => world[trouble]),
    ...(world.logins > 0 ? [`${world.logins} ${world.logins === 1 ? 'login' : 'logins'}`] : []),
    ...boundsOfOutages(world),
  ].join(', ');
}

function boundsOfOutages(world: World): string[] {
  if (world.outages === 0) return [];
  const { outages, outageOf, late, nodes, pauseSeconds, maxWindowSeconds } = world;
  const { leastOutageSeconds, outageSeconds } = world;
  const length =
    leastOutageSeconds === 0 ? `up to ${outageSeconds}` : `${leastOutageSeconds} to ${outageSeconds}`;
  return [
    nodes === 1 ? '1 node' : `${nodes} nodes`,
    `${outages} ${outages === 1 ? 'outage' : 'outages'} of the ${outageOf} of ${length} s`,
    `${late} late ${late === 1 ? 'write' : 'writes'} at a time`,
    ...(pauseSeconds === Infinity ? [] : [`sent again within ${pauseSeconds} s`]),
    `at most ${maxWindowSeconds} s`,
  ];
}
