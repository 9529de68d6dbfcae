import {
  type Decision,
  type KnownOutages,
  noOutages,
  type Outages,
  type Presented,
  type RotateAttempt,
  type Session,
  unbound,
} from '../../src/rotation/index.js';
import { afterAnswer, afterFailure, merged, withinLast } from '../../src/rotation/outage.js';
import { isGranted } from '../../src/rotation/decide.js';
import { isSameRotation } from '../../src/rotation/session.js';
import type { Token } from './token.js';
import type { Fate, Request, Verdict } from './verdict.js';
import type { LateWrite, Node, State, Step, Stored, World } from './world.js';

const deviceKey = { kind: 'dpop', jkt: 'device-key' } as const;
const nothingKnown: Node = { ofStore: noOutages, ofSession: noOutages };
const sessionId = 'session';
const secretHash = 'hash';

/** What may become of the request, as the store and the node stand. */
export function fatesOf(world: World, state: State, request: Request): readonly Fate[] {
  if (state.downSince === null)
    return state.outagesLeft > 0 ? fatesOfUp(world, state, request) : ['answered'];
  // A node that knows of an outage begins with a read.
  if (knowsOutage(world, state, request)) return ['lost'];
  const isHeld = isGuardHeld(world, state, request);
  const fates: Fate[] = ['lost'];
  if (isHeld) fates.push('unheard');
  if ((isHeld || world.rollback) && state.late.length < world.late) fates.push('late');
  return fates;
}

function fatesOfUp(world: World, state: State, request: Request): readonly Fate[] {
  if (!knowsOutage(world, state, request) && isGuardHeld(world, state, request)) return ['answered'];
  if (decisionOn(world, state, request).change.kind !== 'advance') return ['answered'];
  return state.late.length < world.late
    ? ['answered', 'cut-unheard', 'cut-late']
    : ['answered', 'cut-unheard'];
}

export function serve(world: World, state: State, request: Request, fate: Fate): Step {
  if (fate === 'answered') return serveAnswered(world, state, request);
  const verdict = verdictOf(request, {
    fate,
    outcome: 'unanswered',
    granted: false,
    stretched: false,
    given: null,
  });
  return { state: leftUnanswered(world, state, request, fate), verdict };
}

function leftUnanswered(
  world: World,
  state: State,
  request: Request,
  fate: Exclude<Fate, 'answered'>,
): State {
  switch (fate) {
    case 'lost':
      return noteFailure(state, request.node);
    case 'unheard':
      return noteFailure(rotateGuarded(world, state, attemptOf(world, state, request)), request.node);
    case 'late': {
      const write: LateWrite = { kind: 'attempt', attempt: attemptOf(world, state, request) };
      return noteFailure(plusLate(state, write), request.node);
    }
    case 'cut-unheard':
    case 'cut-late':
      return cut(world, state, request, fate);
  }
}

function serveAnswered(world: World, state: State, request: Request): Step {
  const fate = 'answered';
  if (!knowsOutage(world, state, request)) {
    const attempt = attemptOf(world, state, request);
    if (world.code.mayRotate(sessionOf(world, state.record), attempt)) {
      const next = noteAnswer(rotateGuarded(world, state, attempt), request.node);
      const given = tokenOf(next.record);
      const found = { fate, outcome: 'rotated', granted: true, stretched: false, given } as const;
      return { state: next, verdict: verdictOf(request, found) };
    }
  }
  const decision = decisionOn(world, state, request);
  const next = noteAnswer(applied(state, decision), request.node);
  const granted = isGranted(decision);
  const { outcome } = decision;
  const setsCookie = world.code.keptSetsCookie || (outcome !== 'kept' && outcome !== 'healed');
  const given = granted && setsCookie ? tokenOf(next.record) : null;
  const stretched = granted && decision.stretched;
  return { state: next, verdict: verdictOf(request, { fate, outcome, granted, stretched, given }) };
}

function verdictOf(
  { by, node, token }: Request,
  { fate, outcome, granted, stretched, given }: Omit<Verdict, 'by' | 'node' | 'presented'>,
): Verdict {
  return { by, node, presented: token, fate, outcome, granted, stretched, given };
}

/** The first call is answered; the second writes what was decided, a rotation by the guard and all else by a swap. */
function cut(world: World, state: State, request: Request, fate: 'cut-unheard' | 'cut-late'): State {
  const { change, outcome } = decisionOn(world, state, request);
  if (change.kind !== 'advance') throw new Error('nothing was to be written');
  const answered = noteAnswer(state, request.node);
  const stopped = { ...answered, downSince: state.now, outagesLeft: state.outagesLeft - 1 };
  const write: LateWrite =
    outcome === 'rotated'
      ? { kind: 'attempt', attempt: attemptOf(world, state, request) }
      : { kind: 'swap', read: state.record, change };
  const next = fate === 'cut-late' ? plusLate(stopped, write) : carriedOut(world, stopped, write);
  return noteFailure(next, request.node);
}

/** The store does at last what it was sent. Nobody hears of it. */
export function carryOut(world: World, state: State, write: LateWrite): State {
  const late = state.late.toSpliced(state.late.indexOf(write), 1);
  return carriedOut(world, { ...state, late }, write);
}

function carriedOut(world: World, state: State, write: LateWrite): State {
  if (write.kind === 'attempt') return rotateGuarded(world, state, write.attempt);
  if (!isSameRotation(state.record, write.read)) return state;
  return { ...state, record: { ...write.change.to, floor: state.record.floor } };
}

/** Whether carrying it out would change the record. */
export function wouldWrite(world: World, record: Stored, write: LateWrite): boolean {
  if (write.kind === 'swap') return isSameRotation(record, write.read);
  return world.code.mayRotate(sessionOf(world, record), write.attempt);
}

/** The guarded write: evaluated by the `now` of the attempt, whenever it is carried out. */
function rotateGuarded(world: World, state: State, attempt: RotateAttempt): State {
  const { record } = state;
  if (!world.code.mayRotate(sessionOf(world, record), attempt)) return state;
  const to = world.code.rotated(record, attempt.now, attempt.network);
  return { ...state, record: { ...to, floor: record.floor } };
}

function isGuardHeld(world: World, state: State, request: Request): boolean {
  return world.code.mayRotate(sessionOf(world, state.record), attemptOf(world, state, request));
}

function attemptOf(world: World, { now }: State, { by, token }: Request): RotateAttempt {
  const { generation, fork } = token;
  return {
    sessionId,
    secretHash,
    generation,
    fork,
    proof: proofOf(world, by),
    clientId: null,
    network: null,
    now,
  };
}

function decisionOn(world: World, state: State, request: Request): Decision {
  const { now, record } = state;
  const presented = presentedBy(world, request);
  const known = knownAt(world, state, request);
  return world.code.decide(sessionOf(world, record), presented, world.policy, now, known);
}

export function presentedBy(world: World, { by, token }: Pick<Request, 'by' | 'token'>): Presented {
  return {
    kind: 'token',
    generation: token.generation,
    fork: token.fork,
    secretMatches: true,
    clientMatches: true,
    proof: proofOf(world, by),
    mayChangeKey: false,
    network: null,
  };
}

function proofOf(world: World, by: Request['by']): Presented['proof'] {
  return world.bound && by === 'client' ? deviceKey : unbound;
}

const sessions = new WeakMap<Stored, Session>();

/** The whole record, of a session that lives for ever. Kept, as the search asks for the same one often. */
export function sessionOf(world: World, record: Stored): Session {
  const known = sessions.get(record);
  if (known !== undefined) return known;
  const session: Session = {
    id: sessionId,
    subject: 'subject',
    clientId: 'client',
    scope: '',
    amr: [],
    acr: null,
    device: null,
    secretHash,
    policy: world.policy,
    binding: world.bound ? deviceKey : unbound,
    generation: record.generation,
    fork: record.fork,
    previousFork: record.previousFork,
    rotatedAt: record.rotatedAt,
    seen: record.seen,
    network: record.network,
    floor: record.floor,
    createdAt: 0,
    expiresAt: Infinity,
    idleSeconds: Infinity,
    usedAt: null,
    ...{ parentId: null, authTime: 0, resources: [], offline: false, thirdParty: false, logoutOwed: false },
    revokedAt: null,
    epoch: 0,
    subjectEpoch: 0,
  };
  sessions.set(record, session);
  return session;
}

function applied(state: State, { change }: Decision): State {
  switch (change.kind) {
    case 'none':
      return state;
    case 'advance':
      return { ...state, record: { ...change.to, floor: state.record.floor } };
    case 'bind':
      throw new Error('no browser takes part in this world');
    default:
      return { ...state, ended: true };
  }
}

/** What the node that serves the request knows. */
export function knownAt(world: World, state: State, request: Pick<Request, 'node'>): KnownOutages {
  const { ofStore, ofSession } = state.nodes[request.node] ?? nothingKnown;
  const known = withinLast(world.maxWindowSeconds, merged(ofStore, ofSession), state.now);
  return { known, maxSeconds: world.maxWindowSeconds };
}

function knowsOutage(world: World, state: State, request: Request): boolean {
  return knownAt(world, state, request).known.length > 0;
}

function noteFailure(state: State, index: number): State {
  return withNode(state, index, (node) => ({ ...node, ofSession: afterFailure(node.ofSession, state.now) }));
}

/** A call about the session was answered at the node. */
export function noteAnswer(state: State, index: number): State {
  return withNode(state, index, (node) => {
    const ofSession = afterAnswer(node.ofSession, state.now);
    return ofSession === node.ofSession ? node : { ...node, ofSession };
  });
}

/** Whether a node can ever know of an outage, by a mutant too. */
export function mayKnowOutage({ outages, floods }: World): boolean {
  return outages > 0 || floods;
}

/** The poll of the key ring, at each node, when the clock has moved on. */
export function polled(world: World, state: State): State {
  if (!mayKnowOutage(world)) return state;
  const { now, downSince } = state;
  const isFailed = downSince !== null && world.outageOf === 'store';
  const nodes = state.nodes.map(({ ofStore, ofSession }) => ({
    ofStore: isFailed
      ? afterFailure(ofStore, now)
      : withinLast(world.maxWindowSeconds, afterAnswer(ofStore, now), now),
    ofSession: goingOn(world, ofSession, now),
  }));
  return { ...state, nodes };
}

/**
 * An outage of the session lasts until a call about it is answered at the node. The world has calls of other kinds that fail on, and one that is
 * answered (`look`) in the place of the silence, which is longer than any window of it.
 */
function goingOn(world: World, ofSession: Outages, now: number): Outages {
  if (hasOpen(ofSession)) return afterFailure(ofSession, now);
  return withinLast(world.maxWindowSeconds, ofSession, now);
}

export function hasOpen(known: Outages): boolean {
  return known.at(-1)?.answeredAt === null;
}

export function withNode(state: State, index: number, change: (node: Node) => Node): State {
  const node = state.nodes[index];
  if (node === undefined) throw new Error('no such node');
  const changed = change(node);
  return changed === node ? state : { ...state, nodes: state.nodes.with(index, changed) };
}

function plusLate(state: State, write: LateWrite): State {
  return { ...state, late: [...state.late, write] };
}

function tokenOf({ generation, fork }: Stored): Token {
  return { generation, fork };
}
