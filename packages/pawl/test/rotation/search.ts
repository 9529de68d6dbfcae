import { type Action, actionsOf, perform } from './actions.js';
import type { Claim } from './claims.js';
import { keyOf } from './key.js';
import type { Verdict } from './verdict.js';
import { initialState, type State, type Step, type World } from './world.js';

/** One step of a run, for a reader. */
export interface Event {
  readonly before: State;
  readonly action: Action;
  readonly after: State;
  readonly verdict: Verdict | null;
}

export interface Counterexample {
  readonly because: string;
  readonly events: readonly Event[];
}

export interface Explored {
  /** Distinct states of the world together with what the claim remembers. */
  readonly states: number;
  /** The shortest run that breaks the claim; null when the claim holds in every run of this world. */
  readonly counterexample: Counterexample | null;
}

interface Reached<Memory> {
  readonly index: number;
  readonly state: State;
  readonly memory: Memory;
}

const statesLimit = 8_000_000;

/** Breadth first through every run of the world: ends at the first broken claim or when no state is new. */
export function search<Memory>(world: World, claim: Claim<Memory>): Explored {
  const start: Reached<Memory> = { index: 0, state: initialState(world), memory: claim.start };
  const keys = [keyIn(world, claim, start)];
  const parents = [-1];
  const seen = new Set(keys);
  let frontier = [start];
  while (frontier.length > 0) {
    const next: Reached<Memory>[] = [];
    for (const node of frontier) {
      for (const action of actionsOf(world, node.state)) {
        const step = perform(world, node.state, action);
        const judgement = claim.judge(node.memory, step, node.state);
        if (!judgement.holds) {
          const events = retrace(world, claim, start, pathTo(node.index, keys, parents), action);
          return { states: keys.length, counterexample: { because: judgement.because, events } };
        }
        const reached = { index: keys.length, state: step.state, memory: judgement.memory };
        const key = keyIn(world, claim, reached);
        if (seen.has(key)) continue;
        if (keys.length === statesLimit) throw new Error(`the instance has over ${statesLimit} states`);
        seen.add(key);
        keys.push(key);
        parents.push(node.index);
        next.push(reached);
      }
    }
    frontier = next;
  }
  return { states: keys.length, counterexample: null };
}

function pathTo(last: number, keys: readonly string[], parents: readonly number[]): string[] {
  const path: string[] = [];
  for (let index = last; index > 0; index = parents[index] ?? 0) path.unshift(keys[index] ?? '');
  return path;
}

/** Runs the world again along the path, so a counterexample is always one that `decide` really produces. */
function retrace<Memory>(
  world: World,
  claim: Claim<Memory>,
  start: Reached<Memory>,
  path: readonly string[],
  last: Action,
): Event[] {
  const events: Event[] = [];
  let node = start;
  for (const key of path) {
    const found = actionsOf(world, node.state)
      .map((action) => ({ action, step: perform(world, node.state, action) }))
      .map(({ action, step }) => ({ action, step, reached: follow(claim, node, step) }))
      .find(({ reached }) => reached !== null && keyIn(world, claim, reached) === key);
    if (found === undefined || found.reached === null) throw new Error('the run cannot be repeated');
    events.push(eventOf(node.state, found.action, found.step));
    node = found.reached;
  }
  // The path was found on states that are equal up to shifts of time and generation: take the action of this run.
  const same = actionsOf(world, node.state)
    .map((action) => ({ action, step: perform(world, node.state, action) }))
    .filter(({ action, step }) => action.kind === last.kind && follow(claim, node, step) === null)[0];
  if (same === undefined) throw new Error('the last step cannot be repeated');
  return [...events, eventOf(node.state, same.action, same.step)];
}

function follow<Memory>(claim: Claim<Memory>, node: Reached<Memory>, step: Step): Reached<Memory> | null {
  const judgement = claim.judge(node.memory, step, node.state);
  return judgement.holds ? { index: -1, state: step.state, memory: judgement.memory } : null;
}

function eventOf(before: State, action: Action, { state, verdict }: Step): Event {
  return { before, action, after: state, verdict };
}

function keyIn<Memory>(world: World, claim: Claim<Memory>, { state, memory }: Reached<Memory>): string {
  return keyOf(world, state, (codes) => {
    claim.addKey(memory, codes);
  });
}
