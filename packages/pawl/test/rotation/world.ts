import type {
  Decision,
  decide,
  Outcome,
  Policy,
  RotatingSession,
  RotationState,
} from '../../src/rotation/index.js';

/** The part of a refresh token that moves. */
export interface Token {
  readonly generation: number;
  readonly fork: number;
}

/** One instance: who takes part, and what may go wrong. */
export interface World {
  readonly policy: Policy;
  readonly bound: boolean;
  /** `cookie-jar`: the last answer to arrive wins. `own-store`: a newer token is never replaced by an older one. */
  readonly client: 'cookie-jar' | 'own-store';
  /** How many requests of the client may be under way at the same time. All tabs share one jar. */
  readonly tabs: number;
  /** Requests in total, the thief's included. */
  readonly requests: number;
  /** The longest one-way delay of a message; Infinity lets it arrive at any later time. */
  readonly delaySeconds: number;
  readonly loss: boolean;
  readonly theft: boolean;
  readonly rollback: boolean;
  /** The record at the start, and the token that the client holds. */
  readonly record: RotationState;
  readonly held: Token;
  readonly rule: typeof decide;
  /** The design says no; a mutant says yes. */
  readonly keptSetsCookie: boolean;
}

export interface Message {
  readonly kind: 'request' | 'answer';
  readonly token: Token;
  /** Delivered (or lost, where loss is allowed) before the clock passes this instant. */
  readonly dueAt: number;
}

export interface State {
  readonly now: number;
  readonly requestsLeft: number;
  readonly record: RotationState;
  readonly ended: boolean;
  readonly held: Token;
  /** In a canonical order: tabs have no identity. */
  readonly messages: readonly Message[];
  /** Null before the theft; then the stolen token, followed by what the thief was given. */
  readonly loot: readonly Token[] | null;
  readonly snapshot: RotationState | null;
  readonly rolledBack: boolean;
}

export type Action =
  | { readonly kind: 'send' | 'steal' | 'snapshot' | 'rollback' }
  | { readonly kind: 'arrive' | 'lose'; readonly message: Message }
  | { readonly kind: 'present'; readonly token: Token }
  | { readonly kind: 'wait'; readonly seconds: number };

/** What the server made of one request. */
export interface Verdict {
  readonly by: 'client' | 'thief';
  readonly presented: Token;
  readonly outcome: Outcome;
  /** The refresh token that the caller's jar receives, if any. */
  readonly given: Token | null;
}

export interface Step {
  readonly state: State;
  readonly verdict: Verdict | null;
}

const deviceKey = 'device-key';

export function initialState(world: World): State {
  return {
    now: 0,
    requestsLeft: world.requests,
    record: world.record,
    ended: false,
    held: world.held,
    messages: [],
    loot: null,
    snapshot: null,
    rolledBack: false,
  };
}

/** Everything that can happen next. Nothing follows the end of a session: `decide` never reopens one. */
export function actionsOf(world: World, state: State): Action[] {
  if (state.ended) return [];
  const actions: Action[] = [];
  if (state.requestsLeft > 0 && state.messages.length < world.tabs) actions.push({ kind: 'send' });
  for (const [index, message] of state.messages.entries()) {
    const previous = state.messages[index - 1];
    if (previous !== undefined && compareMessages(previous, message) === 0) continue;
    actions.push({ kind: 'arrive', message });
    if (world.loss) actions.push({ kind: 'lose', message });
  }
  if (world.theft && state.loot === null) actions.push({ kind: 'steal' });
  if (state.loot !== null && state.requestsLeft > 0) {
    for (const token of state.loot) actions.push({ kind: 'present', token });
  }
  if (world.rollback && !state.rolledBack) {
    actions.push({ kind: state.snapshot === null ? 'snapshot' : 'rollback' });
  }
  if (patience(state) >= 1) actions.push({ kind: 'wait', seconds: 1 });
  return actions;
}

/** How long the clock can run before a message has to be delivered. */
export function patience(state: State): number {
  return Math.min(Infinity, ...state.messages.map((message) => message.dueAt)) - state.now;
}

export function perform(world: World, state: State, action: Action): Step {
  switch (action.kind) {
    case 'send':
      return quiet({
        ...state,
        requestsLeft: state.requestsLeft - 1,
        messages: plus(state.messages, message(world, state, 'request', state.held)),
      });
    case 'arrive':
      return action.message.kind === 'request'
        ? serveClient(world, state, action.message)
        : quiet({
            ...state,
            held: stored(world, state.held, action.message.token),
            messages: minus(state.messages, action.message),
          });
    case 'lose':
      return quiet({ ...state, messages: minus(state.messages, action.message) });
    case 'steal':
      return quiet({ ...state, loot: [state.held] });
    case 'present':
      return serveThief(world, state, action.token);
    case 'snapshot':
      return quiet({ ...state, snapshot: state.record });
    case 'rollback':
      return quiet({ ...state, record: state.snapshot ?? state.record, snapshot: null, rolledBack: true });
    case 'wait':
      return quiet({ ...state, now: state.now + action.seconds });
  }
}

function serveClient(world: World, state: State, request: Message): Step {
  const { next, verdict } = serve(world, state, 'client', request.token);
  const rest = minus(state.messages, request);
  // An answer without a cookie changes nothing on arrival, so it is not followed further.
  const messages = verdict.given === null ? rest : plus(rest, message(world, state, 'answer', verdict.given));
  return { state: { ...next, messages }, verdict };
}

/** The thief's network needs no delay: presenting later, or waiting after the answer, is the same thing. */
function serveThief(world: World, state: State, token: Token): Step {
  const { next, verdict } = serve(world, state, 'thief', token);
  const [stolen = token, ...others] = state.loot ?? [];
  const { given } = verdict;
  const known = given === null || [stolen, ...others].some((one) => compareTokens(one, given) === 0);
  const loot = known ? [stolen, ...others] : [stolen, ...[...others, given].sort(compareTokens)];
  return { state: { ...next, requestsLeft: state.requestsLeft - 1, loot }, verdict };
}

function serve(
  world: World,
  state: State,
  by: Verdict['by'],
  presented: Token,
): { next: State; verdict: Verdict } {
  const decision = world.rule(
    sessionOf(world, state),
    { ...presented, secretMatches: true, provenKey: by === 'client' ? deviceKey : null },
    world.policy,
    state.now,
  );
  const next = applied(state, decision);
  const given = isGranted(decision.outcome) && setsCookie(world, decision.outcome) ? next.record : null;
  const { outcome } = decision;
  return {
    next,
    verdict: {
      by,
      presented,
      outcome,
      given: given && { generation: given.generation, fork: given.fork },
    },
  };
}

function sessionOf(world: World, state: State): RotatingSession {
  return {
    ...state.record,
    boundKey: world.bound ? deviceKey : null,
    createdAt: state.now,
    expiresAt: Infinity,
    idleSeconds: Infinity,
    revokedAt: state.ended ? state.now : null,
    epoch: 0,
    subjectEpoch: 0,
  };
}

function applied(state: State, { change }: Decision): State {
  if (change.kind === 'none') return state;
  return change.kind === 'advance' ? { ...state, record: change.to } : { ...state, ended: true };
}

export function isGranted(outcome: Outcome): boolean {
  return ['kept', 'rotated', 'healed', 'replayed', 'forked'].includes(outcome);
}

function setsCookie(world: World, outcome: Outcome): boolean {
  return world.keptSetsCookie || (outcome !== 'kept' && outcome !== 'healed');
}

function stored(world: World, held: Token, received: Token): Token {
  return world.client === 'own-store' && compareTokens(received, held) < 0 ? held : received;
}

function message(world: World, state: State, kind: Message['kind'], token: Token): Message {
  return { kind, token, dueAt: state.now + world.delaySeconds };
}

function quiet(state: State): Step {
  return { state, verdict: null };
}

function plus(messages: readonly Message[], added: Message): Message[] {
  return [...messages, added].sort(compareMessages);
}

function minus(messages: readonly Message[], removed: Message): Message[] {
  const index = messages.findIndex((candidate) => compareMessages(candidate, removed) === 0);
  if (index < 0) throw new Error('a message can only arrive once');
  return messages.toSpliced(index, 1);
}

/** Above 0 when `a` is the newer token. */
export function compareTokens(a: Token, b: Token): number {
  return a.generation - b.generation || a.fork - b.fork;
}

function compareMessages(a: Message, b: Message): number {
  // Two unbounded deadlines differ by NaN, which counts as no difference here.
  const kinds = Number(a.kind === 'request') - Number(b.kind === 'request');
  return kinds || compareTokens(a.token, b.token) || a.dueAt - b.dueAt || 0;
}
