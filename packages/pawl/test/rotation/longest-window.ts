import { sparedBefore } from './claims.js';
import { search } from './search.js';
import { anythingLate, balanced, calmWorld, resilient } from './theorem.js';
import type { World } from './world.js';

export interface LongestWindow {
  readonly name: string;
  readonly seconds: number;
}

const greedy: World = { ...calmWorld, ...anythingLate, theft: true, floods: true, tabs: 0, requests: 4 };
const outage = { nodes: 2, outages: 1, outageSeconds: 1, late: 1, requests: 3, maxWindowSeconds: 7 } as const;

/** How long after a rotation some run still has a retry spared, in small worlds: the least limit that holds. */
export function longestWindows(): LongestWindow[] {
  const calm: World = { ...greedy, maxWindowSeconds: 7, policy: balanced(2) };
  const stopped: World = { ...greedy, ...outage, policy: balanced(2) };
  return [
    longest('window 2 s, a thief, floods', calm, 'begin'),
    longest('window 3 s, resilient, a thief, floods', { ...calm, policy: resilient(3) }, 'begin'),
    longest('window 2 s, an outage of up to 1 s, at most 7 s', stopped, 'begin'),
    longest('the same on one node, since the token was retired', { ...stopped, nodes: 1 }, 'continue'),
    longest('the same on two nodes, since the token was retired', stopped, 'continue'),
  ];
}

function longest(name: string, world: World, notes: 'begin' | 'continue'): LongestWindow {
  for (let seconds = world.policy.windowSeconds; ; seconds++) {
    if (search(world, sparedBefore(seconds, notes)).counterexample === null) return { name, seconds };
  }
}
