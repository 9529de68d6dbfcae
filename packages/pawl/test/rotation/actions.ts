import { carryOut, fatesOf, hasOpen, noteAnswer, polled, serve, withNode, wouldWrite } from './server.js';
import type { Fate, Request } from './verdict.js';
import { compareTokens, distinct, type Message, minus, plus, type Token } from './token.js';
import type { LateWrite, State, Step, World } from './world.js';

/** Which node serves a request, and what becomes of it. */
interface Served {
  readonly node: number;
  readonly fate: Fate;
}

export type Action =
  | { readonly kind: 'send' | 'steal' | 'snapshot' | 'rollback' | 'login' | 'stop' | 'return' }
  | { readonly kind: 'deliver' | 'lose'; readonly message: Message }
  | ({ readonly kind: 'arrive'; readonly message: Message } & Served)
  | ({ readonly kind: 'present'; readonly token: Token } & Served)
  | { readonly kind: 'carry-out'; readonly write: LateWrite }
  | { readonly kind: 'look' | 'queue' | 'foreign-failure'; readonly node: number }
  | { readonly kind: 'wait'; readonly seconds: number };

/** Everything that can happen next. Nothing follows the end of a session: `decide` never reopens one. */
export function actionsOf(world: World, state: State): Action[] {
  if (state.ended) return [];
  return [
    ...actionsOfClient(world, state),
    ...actionsOfThief(world, state),
    ...actionsOfStore(world, state),
    ...actionsOfCallers(world, state),
    ...(patience(world, state) >= 1 ? [{ kind: 'wait', seconds: 1 } as const] : []),
  ];
}

/** How long the clock can run before something has to happen. */
export function patience(world: World, { messages, downSince, now }: State): number {
  const upAgainAt = downSince === null ? Infinity : downSince + world.outageSeconds;
  return Math.min(upAgainAt, ...messages.map((message) => message.dueAt)) - now;
}

function actionsOfClient(world: World, state: State): Action[] {
  const actions: Action[] = [];
  if (state.requestsLeft > 0 && state.messages.length < world.tabs) actions.push({ kind: 'send' });
  for (const message of distinct(state.messages)) {
    const { kind, token } = message;
    if (kind !== 'request' || token === null) actions.push({ kind: 'deliver', message });
    else {
      const served = servings(world, state, { by: 'client', token });
      actions.push(...served.map((way) => ({ kind: 'arrive', message, ...way }) as const));
    }
    if (world.loss) actions.push({ kind: 'lose', message });
  }
  if (state.loginsLeft > 0 && state.downSince === null) actions.push({ kind: 'login' });
  return actions;
}

function actionsOfThief(world: World, state: State): Action[] {
  if (!world.theft) return [];
  if (state.loot === null) return [{ kind: 'steal' }];
  if (state.requestsLeft === 0) return [];
  return state.loot.flatMap((token) =>
    servings(world, state, { by: 'thief', token }).map(
      (way) => ({ kind: 'present', token, ...way }) as const,
    ),
  );
}

function actionsOfStore(world: World, state: State): Action[] {
  const actions: Action[] = state.late.map((write) => ({ kind: 'carry-out', write }));
  if (world.rollback && !state.rolledBack) {
    actions.push({ kind: state.snapshot === null ? 'snapshot' : 'rollback' });
  }
  if (state.downSince !== null) {
    if (state.now - state.downSince >= world.leastOutageSeconds) actions.push({ kind: 'return' });
  } else if (state.outagesLeft > 0) actions.push({ kind: 'stop' });
  return actions;
}

function actionsOfCallers(world: World, state: State): Action[] {
  const actions: Action[] = [];
  for (const node of nodesOf(state)) {
    const isOpen = hasOpen(state.nodes[node]?.ofSession ?? []);
    if (isOpen && state.downSince === null) actions.push({ kind: 'look', node });
    if (world.floods) actions.push({ kind: 'queue', node }, { kind: 'foreign-failure', node });
  }
  return actions;
}

function servings(world: World, state: State, request: Omit<Request, 'node'>): Served[] {
  return nodesOf(state).flatMap((node) =>
    fatesOf(world, state, { ...request, node }).map((fate) => ({ node, fate })),
  );
}

/** Nodes that know nothing are alike. */
function nodesOf({ nodes }: State): number[] {
  const isIdle = nodes.every(({ ofStore, ofSession }) => ofStore.length === 0 && ofSession.length === 0);
  return isIdle ? [0] : nodes.map((_node, index) => index);
}

export function perform(world: World, before: State, action: Action): Step {
  const step = performed(world, before, action);
  const state = tidied(world, step.state);
  return state === step.state ? step : { state, verdict: step.verdict };
}

function performed(world: World, state: State, action: Action): Step {
  switch (action.kind) {
    case 'send':
      return quiet({
        ...state,
        requestsLeft: state.requestsLeft - 1,
        messages: plus(state.messages, message(world, state, 'request', state.held)),
      });
    case 'arrive':
      return serveClient(world, state, action);
    case 'deliver':
      return quiet(delivered(world, state, action.message));
    case 'lose':
      return quiet({ ...state, messages: minus(state.messages, action.message) });
    case 'steal':
      return quiet({ ...state, loot: [state.held] });
    case 'present':
      return serveThief(world, state, action);
    case 'snapshot':
      return quiet({ ...state, snapshot: state.record });
    case 'rollback':
      return quiet({ ...state, record: state.snapshot ?? state.record, snapshot: null, rolledBack: true });
    case 'login':
      return quiet(loggedIn(world, state));
    case 'stop':
      return quiet({ ...state, downSince: state.now, outagesLeft: state.outagesLeft - 1 });
    case 'return':
      return quiet({ ...state, downSince: null });
    case 'carry-out':
      return quiet(carryOut(world, state, action.write));
    case 'look':
      return quiet(noteAnswer(state, action.node));
    case 'queue':
      return quiet(withNode(state, action.node, (node) => world.code.afterUnsent(node, state.now)));
    case 'foreign-failure':
      return quiet(withNode(state, action.node, (node) => world.code.afterForeignFailure(node, state.now)));
    case 'wait':
      return quiet(polled(world, { ...state, now: state.now + action.seconds }));
  }
}

function serveClient(
  world: World,
  state: State,
  { message: request, node, fate }: Extract<Action, { kind: 'arrive' }>,
): Step {
  const token = request.token ?? state.held;
  const { state: next, verdict } = serve(world, state, { by: 'client', token, node }, fate);
  const rest = minus(state.messages, request);
  if (verdict?.outcome === 'unanswered') {
    return { state: { ...next, messages: plus(rest, message(world, state, 'retry', null)) }, verdict };
  }
  // An answer without a cookie changes nothing on arrival, so it is not followed further.
  const given = verdict?.given ?? null;
  const messages = given === null ? rest : plus(rest, message(world, state, 'answer', given));
  return { state: { ...next, messages }, verdict };
}

function delivered(world: World, state: State, arrived: Message): State {
  const rest = minus(state.messages, arrived);
  if (arrived.kind === 'retry' || arrived.token === null) {
    return { ...state, messages: plus(rest, message(world, state, 'request', state.held)) };
  }
  return { ...state, held: stored(world, state.held, arrived.token), messages: rest };
}

/** The owner proves who it is; the new token travels like any answer. */
function loggedIn(world: World, state: State): State {
  const record = world.code.reauthenticated(state.record, state.now, null);
  const token = { generation: record.generation, fork: record.fork };
  return {
    ...state,
    record,
    loginsLeft: state.loginsLeft - 1,
    messages: plus(state.messages, message(world, state, 'answer', token)),
  };
}

/** The thief's network needs no delay: presenting later, or waiting after the answer, is the same thing. */
function serveThief(
  world: World,
  state: State,
  { token, node, fate }: Extract<Action, { kind: 'present' }>,
): Step {
  const { state: next, verdict } = serve(world, state, { by: 'thief', token, node }, fate);
  const [stolen = token, ...others] = state.loot ?? [];
  const given = verdict?.given ?? null;
  const known = given === null || [stolen, ...others].some((one) => compareTokens(one, given) === 0);
  const loot = known ? [stolen, ...others] : [stolen, ...[...others, given].sort(compareTokens)];
  return { state: { ...next, requestsLeft: state.requestsLeft - 1, loot }, verdict };
}

/** Without late writes that can never change anything again. A record only goes on, but for a rollback. */
function tidied(world: World, state: State): State {
  if (world.rollback || state.late.length === 0) return state;
  const late = state.late.filter((write) => wouldWrite(world, state.record, write));
  return late.length === state.late.length ? state : { ...state, late };
}

function stored(world: World, held: Token, received: Token): Token {
  return world.client === 'own-store' && compareTokens(received, held) < 0 ? held : received;
}

function message(world: World, state: State, kind: Message['kind'], token: Token | null): Message {
  const seconds = kind === 'retry' ? world.pauseSeconds : world.delaySeconds;
  return { kind, token, dueAt: state.now + seconds };
}

function quiet(state: State): Step {
  return { state, verdict: null };
}
