import type { Claim } from './claims.js';
import {
  type Action,
  actionsOf,
  initialState,
  perform,
  type State,
  type Step,
  type Token,
  type Verdict,
  type World,
} from './world.js';

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

interface Node<Memory> {
  readonly index: number;
  readonly state: State;
  readonly memory: Memory;
}

const statesLimit = 4_000_000;

/** Breadth first through every run of the world: ends at the first broken claim or when no state is new. */
export function search<Memory>(world: World, claim: Claim<Memory>): Explored {
  const start: Node<Memory> = { index: 0, state: initialState(world), memory: claim.start };
  const keys = [keyOf(world, claim, start)];
  const parents = [-1];
  const seen = new Set(keys);
  let frontier = [start];
  while (frontier.length > 0) {
    const next: Node<Memory>[] = [];
    for (const node of frontier) {
      for (const action of actionsOf(world, node.state)) {
        const step = perform(world, node.state, action);
        const judgement = claim.judge(node.memory, step, node.state);
        if (!judgement.holds) {
          const events = retrace(world, claim, start, pathTo(node.index, keys, parents), action);
          return { states: keys.length, counterexample: { because: judgement.because, events } };
        }
        const reached = { index: keys.length, state: step.state, memory: judgement.memory };
        const key = keyOf(world, claim, reached);
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
  start: Node<Memory>,
  path: readonly string[],
  last: Action,
): Event[] {
  const events: Event[] = [];
  let node = start;
  for (const key of path) {
    const found = actionsOf(world, node.state)
      .map((action) => ({ action, step: perform(world, node.state, action) }))
      .map(({ action, step }) => ({ action, step, reached: follow(claim, node, step) }))
      .find(({ reached }) => reached !== null && keyOf(world, claim, reached) === key);
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

function follow<Memory>(claim: Claim<Memory>, node: Node<Memory>, step: Step): Node<Memory> | null {
  const judgement = claim.judge(node.memory, step, node.state);
  return judgement.holds ? { index: -1, state: step.state, memory: judgement.memory } : null;
}

function eventOf(before: State, action: Action, { state, verdict }: Step): Event {
  return { before, action, after: state, verdict };
}

/**
 * Equal keys mean equal futures. Time is kept as ages, and an age beyond the window is as good as any other; with an
 * unlimited number of requests generations are counted from the record's. Both are sound because `decide` only
 * compares: the property tests check that shifting time or generations changes no decision.
 */
function keyOf<Memory>(world: World, claim: Claim<Memory>, { state, memory }: Node<Memory>): string {
  const unlimited = world.requests === Infinity;
  const base = unlimited ? state.record.generation - 32 : 0;
  const age = (at: number | null): number =>
    at === null ? 0 : 1 + Math.min(state.now - at, world.policy.windowSeconds + 1);
  const codes: number[] = [unlimited ? 0 : state.requestsLeft];
  const addToken = (token: Token): void => {
    codes.push(token.generation - base, token.fork);
  };
  const addRecord = (record: State['record']): void => {
    addToken(record);
    codes.push(record.previousFork === null ? 0 : 1 + record.previousFork, age(record.rotatedAt));
    codes.push(Number(record.seen));
  };
  addRecord(state.record);
  codes.push(Number(state.ended) + 2 * Number(state.rolledBack) + 4 * Number(state.snapshot !== null));
  if (state.snapshot !== null) addRecord(state.snapshot);
  addToken(state.held);
  codes.push(state.messages.length);
  for (const { kind, token, dueAt } of state.messages) {
    codes.push(Number(kind === 'request'), dueAt === Infinity ? 0 : dueAt - state.now);
    addToken(token);
  }
  codes.push(state.loot === null ? 0 : 1 + state.loot.length);
  for (const token of state.loot ?? []) addToken(token);
  codes.push(...claim.keyOf(memory, age, base));
  return String.fromCharCode(...codes);
}
