import type { EpochSeconds } from '../base/clock.js';
import type { Policy } from './policy.js';
import { endOf, maxFork, maxGeneration, type RotatingSession, type RotationState } from './session.js';

/** What a refresh token said, after its MAC was checked and its secret compared. */
export interface Presented {
  readonly generation: number;
  readonly fork: number;
  /** Whether the token's secret hashes to the record's `secretHash`. */
  readonly secretMatches: boolean;
  /** Thumbprint of the key whose possession this request proved; null without a proof. */
  readonly provenKey: string | null;
}

/** Outcomes that hand out tokens. */
export type Granted = 'kept' | 'rotated' | 'healed' | 'replayed' | 'forked';

/** Outcomes that hand out nothing. */
export type Refused = 'revoked' | 'expired' | 'forged' | 'wrong-key' | 'reused';

export type Outcome = Granted | Refused;

/** What has to be written, in one atomic step, before the outcome may be answered. */
export type Change =
  | { readonly kind: 'none' }
  | { readonly kind: 'advance'; readonly to: RotationState }
  | { readonly kind: 'revoke-session' }
  | { readonly kind: 'revoke-subject' };

/** A granted outcome answers with tokens of the record as it stands after `change`. */
export type Decision =
  | { readonly outcome: Granted; readonly change: Extract<Change, { kind: 'none' | 'advance' }> }
  | { readonly outcome: Refused; readonly change: Exclude<Change, { kind: 'advance' }> };

const none = { kind: 'none' } as const;

const grantedOutcomes: ReadonlySet<Outcome> = new Set<Granted>([
  'kept',
  'rotated',
  'healed',
  'replayed',
  'forked',
]);

/** Whether an outcome hands out tokens. */
export function isGranted(outcome: Outcome): outcome is Granted {
  return grantedOutcomes.has(outcome);
}

/**
 * The rotation rule: what one presented refresh token does to one session.
 *
 * Pure and synchronous. It does NOT check the token's MAC, hash its secret or verify a proof of possession: `presented`
 * states their results. It does NOT write: the caller applies `change` by compare-and-swap on the record that it passed
 * in, and when that swap is lost asks again with the fresh record.
 *
 * @param session - the record as read, with its subject's epoch
 * @param presented - the facts of the token
 * @param now - epoch seconds; when it lies before `rotatedAt` (a clock that was set back) the age counts as 0
 * @see docs/rotation.md
 */
export function decide(
  session: RotatingSession,
  presented: Presented,
  policy: Policy,
  now: EpochSeconds,
): Decision {
  const end = endOf(session, now);
  if (end !== null) return { outcome: end, change: none };
  if (!presented.secretMatches) return { outcome: 'forged', change: none };
  if (session.boundKey !== null && session.boundKey !== presented.provenKey) {
    return { outcome: 'wrong-key', change: endedBy(policy.onWrongKey) };
  }

  const lead = compareTokens(presented, session);
  const inWindow = isInWindow(session, policy, now);
  if (lead > 0) return heal(presented, now);
  if (lead === 0) return inWindow ? keep(session, policy) : rotate(session, now);

  if (session.boundKey !== null) return { outcome: 'replayed', change: none };
  if (isPredecessor(presented, session)) {
    if (inWindow) return { outcome: 'replayed', change: none };
    // At the last fork no trap could be laid any more: a thief who had asked for all of them would stay unseen.
    if (policy.resilient && !session.seen && session.fork < maxFork) return fork(session, now);
  }
  return { outcome: 'reused', change: endedBy(policy.onReuse) };
}

/** Above 0 when the token is ahead of the record, 0 when it is the current one. */
function compareTokens(presented: Presented, session: RotationState): number {
  return presented.generation - session.generation || presented.fork - session.fork;
}

function isInWindow(session: RotationState, policy: Policy, now: EpochSeconds): boolean {
  return session.rotatedAt !== null && Math.max(0, now - session.rotatedAt) < policy.windowSeconds;
}

function isPredecessor(presented: Presented, session: RotationState): boolean {
  return (
    presented.generation === session.generation - 1 &&
    (session.previousFork === null || presented.fork === session.previousFork)
  );
}

function keep(session: RotationState, policy: Policy): Decision {
  // Only a resilient policy ever reads `seen`, so only it pays for writing it.
  if (!policy.resilient || session.seen) return { outcome: 'kept', change: none };
  return { outcome: 'kept', change: { kind: 'advance', to: { ...rotationOf(session), seen: true } } };
}

function rotate(session: RotationState, now: EpochSeconds): Decision {
  // A token has no room for a further generation: the session has reached its end, like one that is too old.
  if (session.generation === maxGeneration) return { outcome: 'expired', change: none };
  return { outcome: 'rotated', change: { kind: 'advance', to: rotated(session, now) } };
}

/** The state after an ordinary rotation. Stores write the same one where their guard holds; the conformance suite compares. */
export function rotated(session: RotationState, now: EpochSeconds): RotationState {
  return {
    generation: session.generation + 1,
    fork: 0,
    previousFork: session.fork,
    rotatedAt: now,
    seen: false,
  };
}

function heal(presented: Presented, now: EpochSeconds): Decision {
  const { generation, fork } = presented;
  return {
    outcome: 'healed',
    change: { kind: 'advance', to: { generation, fork, previousFork: null, rotatedAt: now, seen: true } },
  };
}

function fork(session: RotationState, now: EpochSeconds): Decision {
  const to = { ...rotationOf(session), fork: session.fork + 1, rotatedAt: now };
  return { outcome: 'forked', change: { kind: 'advance', to } };
}

/** The part of a record that a refresh may change. */
export function rotationOf(session: RotationState): RotationState {
  const { generation, fork, previousFork, rotatedAt, seen } = session;
  return { generation, fork, previousFork, rotatedAt, seen };
}

function endedBy(reaction: Policy['onWrongKey']): Exclude<Change, { kind: 'advance' }> {
  return reaction === 'report' ? none : { kind: reaction };
}
