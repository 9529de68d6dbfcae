import {
  type Advance,
  decide,
  mayRotate,
  type Outages,
  type Policy,
  type RotateAttempt,
  type RotationState,
  reauthenticated,
  rotated,
  type Session,
} from '../../src/rotation/index.js';
import type { Verdict } from './verdict.js';
import type { Message, Token } from './token.js';

/** One instance: who takes part, and what may go wrong. */
export interface World {
  readonly policy: Policy;
  readonly bound: boolean;
  /** `cookie-jar`: the last answer to arrive wins. `own-store`: a newer token is never replaced by an older one. */
  readonly client: 'cookie-jar' | 'own-store';
  /** How many requests of the client may be under way at the same time. All tabs share one jar. */
  readonly tabs: number;
  /** Requests in total, the thief's included. What a client sends again after a 503 is not counted. */
  readonly requests: number;
  /** The longest one-way delay of a message; Infinity lets it arrive at any later time. */
  readonly delaySeconds: number;
  /** The longest time from an attempt that was not answered until its client sends again. */
  readonly pauseSeconds: number;
  readonly loss: boolean;
  readonly theft: boolean;
  readonly rollback: boolean;
  /** How often the owner may log in again into the session. */
  readonly logins: number;
  /** Each request is served by any of them. */
  readonly nodes: 1 | 2;
  /** How often the store may stop to answer, and for how long at the least and at the most. */
  readonly outages: number;
  readonly leastOutageSeconds: number;
  readonly outageSeconds: number;
  /** `store`: nothing is answered. `session`: the polls of the key ring are, and calls about this session are not. */
  readonly outageOf: 'store' | 'session';
  /** How many attempts that were not answered may be left, at the same time, to be carried out late. */
  readonly late: number;
  /** The longest window that an outage makes. */
  readonly maxWindowSeconds: number;
  /** Whether callers make calls that only queue, and make calls about other sessions stay unanswered while the polls are answered. */
  readonly floods: boolean;
  /** The record at the start, and the token that the client holds. */
  readonly record: RotationState;
  readonly held: Token;
  readonly code: Code;
}

/** What runs in the world: the functions of production, and what the server promises to make of them. A mutant replaces one. */
export interface Code {
  readonly decide: typeof decide;
  readonly mayRotate: typeof mayRotate;
  readonly rotated: typeof rotated;
  readonly reauthenticated: typeof reauthenticated;
  /** What a node knows after a call that only queued in the process was given up: what it knew. */
  readonly afterUnsent: (node: Node, now: number) => Node;
  /** What a node knows after a call about another session was not answered: what it knew. */
  readonly afterForeignFailure: (node: Node, now: number) => Node;
  /** The design says no: a late answer would put an older token over a newer one. */
  readonly keptSetsCookie: boolean;
}

export const production: Code = {
  decide,
  mayRotate,
  rotated,
  reauthenticated,
  afterUnsent: (node) => node,
  afterForeignFailure: (node) => node,
  keptSetsCookie: false,
};

/** What one node knows of times without answers. */
export interface Node {
  readonly ofStore: Outages;
  readonly ofSession: Outages;
}

/** The part of the record that moves. */
export type Stored = RotationState & Pick<Session, 'floor'>;

/** A write that was not answered, and that the store may still carry out. */
export type LateWrite =
  | { readonly kind: 'attempt'; readonly attempt: RotateAttempt }
  | { readonly kind: 'swap'; readonly read: RotationState; readonly change: Advance };

export interface State {
  readonly now: number;
  readonly requestsLeft: number;
  readonly record: Stored;
  readonly ended: boolean;
  readonly held: Token;
  /** In a canonical order: tabs have no identity. */
  readonly messages: readonly Message[];
  /** Null before the theft; then the stolen token, followed by what the thief was given. */
  readonly loot: readonly Token[] | null;
  readonly snapshot: Stored | null;
  readonly rolledBack: boolean;
  readonly loginsLeft: number;
  readonly nodes: readonly Node[];
  /** Since when the store does not answer; null while it does. */
  readonly downSince: number | null;
  readonly outagesLeft: number;
  readonly late: readonly LateWrite[];
}

export interface Step {
  readonly state: State;
  /** What the server made of the request of this step; null when there was none. */
  readonly verdict: Verdict | null;
}

export function initialState(world: World): State {
  return {
    now: 0,
    requestsLeft: world.requests,
    record: { ...world.record, floor: 0 },
    ended: false,
    held: world.held,
    messages: [],
    loot: null,
    snapshot: null,
    rolledBack: false,
    loginsLeft: world.logins,
    nodes: Array.from({ length: world.nodes }, () => ({ ofStore: [], ofSession: [] })),
    downSince: null,
    outagesLeft: world.outages,
    late: [],
  };
}
