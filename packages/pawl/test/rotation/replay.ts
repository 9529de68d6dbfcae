import { expect } from 'vitest';
import { perform } from './actions.js';
import type { Explored } from './search.js';
import { knownAt, presentedBy, sessionOf } from './server.js';
import type { Verdict } from './verdict.js';
import type { Theorem } from './theorem.js';
import { linesOf } from './trace.js';
import { initialState, type State, type World } from './world.js';

/** Searches the instance, prints how many states it has, and throws with the shortest run when the theorem is false. */
export function expectTheorem({ name, explore }: Theorem): void {
  const { states, counterexample } = explore();
  console.log(`${name}: ${states} states`);
  if (counterexample !== null) throw new Error(`${name}\n${linesOf(counterexample).join('\n')}`);
  expect(states).toBeGreaterThan(100);
}

/** Follows the trace from the start, asks `decide` itself at each request, and expects the same story. */
export function expectCounterexample(name: string, world: World, { states, counterexample }: Explored): void {
  if (counterexample === null) throw new Error(`${name}: no counterexample in ${states} states`);
  console.log([`${name}: broken after ${states} states`, ...linesOf(counterexample)].join('\n'));
  let state: State = initialState(world);
  for (const event of counterexample.events) {
    expect(event.before).toEqual(state);
    const step = perform(world, state, event.action);
    expect(step).toEqual({ state: event.after, verdict: event.verdict });
    const { verdict } = event;
    if (verdict !== null && verdict.outcome !== 'unanswered') {
      expect(verdict.outcome).toBe(askAgain(world, state, verdict));
    }
    state = step.state;
  }
}

/** By the rule alone, where the server has asked the guard. */
function askAgain(world: World, state: State, { presented: token, by, node }: Verdict): string {
  const session = sessionOf(world, state.record);
  const presented = presentedBy(world, { by, token });
  return world.code.decide(session, presented, world.policy, state.now, knownAt(world, state, { node }))
    .outcome;
}
