import type { EpochSeconds } from '../base/clock.js';
import { admits, type Binding, isSameBinding } from './binding.js';
import type { Advance, End, NoChange } from './change.js';
import { type KnownOutages, windowOf } from './outage.js';
import type { Policy } from './policy.js';
import {
  endOf,
  isSameRotation,
  maxFork,
  maxGeneration,
  registrationSeconds,
  type RotatingSession,
  type RotationState,
  rotated,
  rotationOf,
} from './session.js';

/** What the caller of the rule found out about a request, whatever it presents. */
interface PresentedFacts {
  /** Whether the presented secret hashes to the record's `secretHash`. */
  readonly secretMatches: boolean;
  /** Whether the client that presents it is the session's, or the transport names none. */
  readonly clientMatches: boolean;
  /** The key whose possession this request proved, and on which way. */
  readonly proof: Binding;
  /** From where the request comes; null when nothing is known of it. */
  readonly network: string | null;
}

/** A refresh token, after its MAC was checked. */
export interface PresentedToken extends PresentedFacts {
  readonly kind: 'token';
  readonly generation: number;
  readonly fork: number;
  /** Whether a proof by any DPoP key counts as one by the session's: the client has authenticated with its secret. */
  readonly mayChangeKey: boolean;
}

/** A browser's proof over a challenge: it stands for the current token, whatever the generation. */
export interface PresentedChallenge extends PresentedFacts {
  readonly kind: 'challenge';
  /** When the challenge was issued. One that is not younger than the last rotation was answered already. */
  readonly issuedAt: EpochSeconds;
}

export type Presented = PresentedToken | PresentedChallenge;

/** Outcomes that hand out tokens. */
export type Granted = 'kept' | 'rotated' | 'healed' | 'replayed' | 'forked';

/** Outcomes that hand out nothing. `spent`: a browser's challenge was used before; it gets a new one. */
export type Refused =
  | 'revoked'
  | 'expired'
  | 'forged'
  | 'wrong-client'
  | 'wrong-key'
  | 'superseded'
  | 'spent'
  | 'reused';

export type Outcome = Granted | Refused;

/** The window that a decision was made by. */
export interface RuledWindow {
  readonly windowSeconds: number;
  /** Whether the window of the policy was over, and only an outage makes this a retry. */
  readonly stretched: boolean;
}

/** A granted outcome answers with tokens of the record as it stands after `change`. */
export type GrantedDecision = RuledWindow & {
  readonly outcome: Granted;
  readonly change: NoChange | Advance;
};

export type RefusedDecision =
  | { readonly outcome: Exclude<Refused, 'reused' | 'wrong-key'>; readonly change: NoChange }
  | { readonly outcome: 'wrong-key'; readonly change: NoChange | End }
  | { readonly outcome: 'reused'; readonly change: End };

export type Decision = GrantedDecision | RefusedDecision;

const none: NoChange = { kind: 'none' };

const grantedOutcomes: ReadonlySet<Outcome> = new Set<Granted>([
  'kept',
  'rotated',
  'healed',
  'replayed',
  'forked',
]);

/** Whether a decision hands out tokens. */
export function isGranted(decision: Decision): decision is GrantedDecision {
  return grantedOutcomes.has(decision.outcome);
}

/**
 * The rotation rule: what one presented refresh token, or a browser's proof, does to one session.
 *
 * Pure and synchronous. It does NOT check the token's MAC, hash its secret or verify a proof of possession: `presented`
 * states their results. It does NOT write: the caller applies `change` by compare-and-swap on the record that it passed
 * in, and when that swap is lost asks again with the fresh record.
 *
 * @param session - the record as read, with its subject's epoch
 * @param presented - the facts of the request
 * @param policy - of the session's record
 * @param now - epoch seconds; when it lies before `rotatedAt` (a clock that was set back) the age counts as 0
 * @param outages - what this node knows of times in which the store did not answer
 * @see docs/rotation.md
 */
export function decide(
  session: RotatingSession,
  presented: Presented,
  policy: Policy,
  now: EpochSeconds,
  outages: KnownOutages,
): Decision {
  const end = endOf(session, now);
  if (end !== null) return refused(end);
  if (!presented.secretMatches) return refused('forged');
  if (!presented.clientMatches) return refused('wrong-client');
  if (!isShown(session, presented)) {
    const { onWrongKey } = policy;
    return { outcome: 'wrong-key', change: onWrongKey === 'report' ? none : endOfPolicy(onWrongKey) };
  }
  const window = windowAt(session, policy, now, outages);
  return presented.kind === 'token'
    ? decideOnToken(session, presented, policy, now, window)
    : decideOnChallenge(session, presented, now, window);
}

/** Whether the request shows the key that the session belongs to. */
function isShown(session: RotatingSession, presented: Presented): boolean {
  const { proof } = presented;
  const { binding } = session;
  if (presented.kind === 'challenge') {
    return proof.kind === 'browser' && (isSameBinding(binding, proof) || mayBind(session));
  }
  if (presented.mayChangeKey && binding.kind === 'dpop' && proof.kind === 'dpop') return true;
  return admits(binding, proof);
}

/**
 * Whether a first proof of a browser's key may bind the session: none has, and its token has not been used since registrations were over. A browser
 * that registered sends its first proof in the place of the next refresh. Whoever copied the cookies at login, and keeps a registration for later,
 * finds the session used meanwhile.
 */
function mayBind({ binding, rotatedAt, createdAt }: RotatingSession): boolean {
  return binding.kind === 'none' && (rotatedAt ?? createdAt) < createdAt + registrationSeconds;
}

/** The window of a session at an instant. */
interface Window {
  readonly seconds: number;
  readonly isInside: boolean;
  /** Whether the window of the policy was over, and the instant is inside by an outage only. */
  readonly isStretched: boolean;
}

function windowAt(
  { rotatedAt }: RotationState,
  { windowSeconds }: Policy,
  now: EpochSeconds,
  outages: KnownOutages,
): Window {
  const seconds = windowOf(windowSeconds, rotatedAt, outages, now);
  const age = rotatedAt === null ? Infinity : Math.max(0, now - rotatedAt);
  const isInside = age < seconds;
  return { seconds, isInside, isStretched: isInside && age >= windowSeconds };
}

function decideOnToken(
  session: RotatingSession,
  presented: PresentedToken,
  policy: Policy,
  now: EpochSeconds,
  window: Window,
): Decision {
  if (presented.generation < session.floor) return refused('superseded');
  const lead = compareTokens(presented, session);
  if (lead > 0) return granted('healed', session, healed(presented, now), window);
  if (lead === 0) {
    return window.isInside ? keep(session, policy, now, window) : rotate(session, presented, now, window);
  }
  if (session.binding.kind !== 'none') return granted('replayed', session, session, window);
  if (isPredecessor(presented, session)) {
    if (window.isInside) return spared('replayed', session, session, now, window);
    // At the last fork no trap could be laid any more: a thief who had asked for all of them would stay unseen.
    if (policy.resilient && !session.seen && session.fork < maxFork) {
      return granted('forked', session, forked(session, presented, now), window);
    }
  }
  return { outcome: 'reused', change: endOfPolicy(policy.onReuse) };
}

/**
 * A challenge that was answered already is a retry inside the window of the policy, and spent after it: a browser asks again by itself, so that no
 * outage needs more. A new one rotates, also inside the window.
 */
function decideOnChallenge(
  session: RotatingSession,
  { issuedAt, proof, network }: PresentedChallenge,
  now: EpochSeconds,
  window: Window,
): Decision {
  const isNew = issuedAt > (session.rotatedAt ?? -Infinity);
  if (!isNew && (!window.isInside || window.isStretched)) return refused('spent');
  if (isNew && session.generation === maxGeneration) return refused('expired');
  // At the least the time of the challenge, so that it is used from now on, also where the clock of its node was ahead.
  const to = isNew ? rotated(session, Math.max(now, issuedAt), network) : rotationOf(session);
  const ruled = granted(isNew ? 'rotated' : 'replayed', session, to, window);
  if (session.binding.kind !== 'none') return ruled;
  return { ...ruled, change: { kind: 'bind', binding: proof, to } };
}

/** Above 0 when the token is ahead of the record, 0 when it is the current one. */
function compareTokens(presented: PresentedToken, session: RotationState): number {
  return presented.generation - session.generation || presented.fork - session.fork;
}

function isPredecessor(presented: PresentedToken, session: RotationState): boolean {
  return (
    presented.generation === session.generation - 1 &&
    (session.previousFork === null || presented.fork === session.previousFork)
  );
}

function rotate(
  session: RotationState,
  { network }: PresentedToken,
  now: EpochSeconds,
  window: Window,
): Decision {
  // A token has no room for a further generation: the session has reached its end, like one that is too old.
  if (session.generation === maxGeneration) return refused('expired');
  return granted('rotated', session, rotated(session, now, network), window);
}

function keep(session: RotatingSession, policy: Policy, now: EpochSeconds, window: Window): Decision {
  // Only a resilient policy ever reads `seen`, so only it pays for writing it.
  const to = policy.resilient ? { ...rotationOf(session), seen: true } : session;
  return spared('kept', session, to, now, window);
}

/**
 * Hands out the current token without a rotation. Where only an outage makes this a retry, the time is noted in the record. Otherwise an attempt
 * from during the outage, which nobody waits for any more and the store carries out late, could still rotate the token away, and its owner would
 * come back like a thief. A bound session has no such owner: its key answers for it.
 */
function spared(
  outcome: 'kept' | 'replayed',
  session: RotatingSession,
  to: RotationState,
  now: EpochSeconds,
  window: Window,
): Decision {
  const isNoted = window.isStretched && session.binding.kind === 'none';
  const noted = isNoted ? { ...rotationOf(to), rotatedAt: now } : to;
  return { ...granted(outcome, session, noted, window), stretched: window.isStretched };
}

function healed({ generation, fork, network }: PresentedToken, now: EpochSeconds): RotationState {
  return { generation, fork, previousFork: null, rotatedAt: now, seen: true, network };
}

function forked(session: RotationState, { network }: PresentedToken, now: EpochSeconds): RotationState {
  return { ...rotationOf(session), fork: session.fork + 1, rotatedAt: now, network };
}

/** @param to - the state after it; nothing is written when it is the record's own */
function granted(
  outcome: Granted,
  session: RotationState,
  to: RotationState,
  window: Window,
): GrantedDecision {
  const change: NoChange | Advance = isSameRotation(session, to) ? none : { kind: 'advance', to };
  return { outcome, change, windowSeconds: window.seconds, stretched: false };
}

function refused(outcome: Exclude<Refused, 'reused' | 'wrong-key'>): RefusedDecision {
  return { outcome, change: none };
}

function endOfPolicy(ended: Policy['onReuse']): End {
  return { kind: ended === 'subject' ? 'revoke-subject' : 'revoke-session' };
}
