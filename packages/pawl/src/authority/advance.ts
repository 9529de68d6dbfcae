import { equalText } from '../base/bytes.js';
import type { EpochSeconds } from '../base/clock.js';
import { PawlError } from '../errors.js';
import { admits } from '../rotation/binding.js';
import type { Advance, End } from '../rotation/change.js';
import {
  decide,
  type Decision,
  type Granted,
  isGranted,
  type Outcome,
  type Presented,
  type Refused,
} from '../rotation/decide.js';
import type { Session } from '../rotation/session.js';
import type { Attempt, TokenAttempt } from './attempt.js';
import type { Context } from './context.js';
import { type ClaimsAnswer, type CustomClaims, noClaims } from './custom-claims.js';
import type { Found } from './lanes.js';
import { reportGranted, reportRefused, reportUnfinished } from './report-refresh.js';
import { endSubject, reportEnded } from './revoke.js';

/** Why a refresh gave nothing. It belongs into the event log, never into the answer. */
export type RefreshRefusal = Refused | 'malformed' | 'unknown' | 'gone' | 'disabled';

// Each lost swap means that another request moved the session on; more than this many in a row does not happen by chance.
const maxSwaps = 16;

/**
 * What has to be known before a session moves on, because a refusal afterwards would have spent the token: asked once, and only when the rule
 * hands out tokens. So neither a failing hook nor an excessive scope hides reuse, and nobody learns from the answer whether a session lives.
 */
export type Prepare = (session: Session) => Promise<ClaimsAnswer>;

/** A refresh that gave nothing. */
export interface RefusedRefresh {
  readonly granted: false;
  readonly outcome: RefreshRefusal;
  /** Whether the token's session has ended, so that keeping the token serves nothing. */
  readonly sessionOver: boolean;
}

export type Advanced =
  | {
      readonly granted: true;
      readonly outcome: Granted;
      /** The record after the step. */
      readonly session: Session;
      readonly claims: CustomClaims;
      /** Whether the token was spared a rotation only because the store was away meanwhile. */
      readonly stretched: boolean;
    }
  | (RefusedRefresh & {
      /** As it was judged; null when there is none, or the claims hook refused its subject. */
      readonly session: Session | null;
    });

/**
 * The engine of every refresh: has the rule decide what an attempt does to its session, writes that, and reports it. By a bearer token, with DPoP or by
 * a browser's key; by body or by cookie.
 *
 * On the common path it is one guarded write. Otherwise, and while an outage is known, the record is read, the rule decides, and its change is swapped
 * in until a swap holds.
 *
 * @param prepare - null when nothing has to be known before
 * @throws PawlError `store_unavailable` (unknown outcome), and what `prepare` throws (nothing has changed)
 */
export async function advance(
  context: Context,
  asPresented: Attempt,
  prepare: Prepare | null,
): Promise<Advanced> {
  const { sessionId, now } = asPresented;
  const isGuardEnough =
    asPresented.kind === 'token' && prepare === null && !context.outages.isKnown(sessionId, now);
  const first = await (isGuardEnough ? rotate(context, asPresented) : find(context, asPresented));
  const attempt = first.done ? asPresented : await asClient(asPresented, first.session);
  if (first.done && first.session !== null) {
    const { session } = first;
    const { windowSeconds } = session.policy;
    reportGranted(context, attempt, session, session, {
      outcome: 'rotated',
      windowSeconds,
      stretched: false,
    });
    return { granted: true, outcome: 'rotated', session, claims: noClaims, stretched: false };
  }

  let { session } = first;
  let claims = prepare === null ? noClaims : null;
  for (let swaps = 0; swaps < maxSwaps && session !== null; swaps++) {
    const decision = decideOn(context, session, attempt);
    if (isGranted(decision) && claims === null && prepare !== null) {
      const answer = await prepare(session);
      if ('refused' in answer) return refuseSubject(context, session, answer.refused);
      ({ claims } = answer);
      if (decision.change.kind === 'none') {
        // Nothing will be written that could tell whether the session ended meanwhile.
        ({ session } = await find(context, attempt));
        continue;
      }
    }
    const { done, session: after } = await writeOrTell(context, attempt, session, decision);
    if (done && after !== null) return conclude(context, attempt, { session, after, decision, claims });
    session = after;
  }
  if (session === null) return refuseUnread(context, 'unknown', attempt);
  throw new PawlError('store_unavailable', 'the session changed while one of its tokens was refreshed');
}

/** The attempt as it counts: by the client of the session, where it may act for that one. */
async function asClient(attempt: Attempt, session: Session | null): Promise<Attempt> {
  if (attempt.kind !== 'token' || session === null || attempt.mayActFor === null) return attempt;
  const { clientId } = session;
  if (clientId === attempt.clientId || !(await attempt.mayActFor(clientId))) return attempt;
  return { ...attempt, clientId };
}

/** What the rule would say of an attempt. Nothing is written, and nobody is told. */
export function outcomeOf(context: Context, session: Session, attempt: Attempt): Outcome {
  return decideOn(context, session, attempt).outcome;
}

/** Whether the rule takes the token for the current one or for a retry inside the window. Nothing is written. */
export function wouldGrant(context: Context, session: Session, attempt: Attempt): boolean {
  const decision = decideOn(context, session, attempt);
  // That one is forgiven, not known to be the owner's.
  return isGranted(decision) && decision.outcome !== 'forked';
}

/** What a caller is told of a refusal. */
export function refusalOf({ outcome, sessionOver }: Extract<Advanced, { granted: false }>): RefusedRefresh {
  return { granted: false, outcome, sessionOver };
}

/** Refuses what names no session of ours, or one that is gone. */
export function refuseUnread(
  context: Context,
  outcome: 'malformed' | 'unknown',
  {
    sessionId = null,
    address = null,
  }: { readonly sessionId?: string | null; readonly address?: string | null },
): Extract<Advanced, { granted: false }> {
  context.events.emit({
    type: 'refresh.refused',
    at: context.now(),
    subject: null,
    sessionId,
    reason: outcome,
    address,
  });
  return { granted: false, outcome, sessionOver: outcome === 'unknown', session: null };
}

function decideOn(context: Context, session: Session, attempt: Attempt): Decision {
  const { clientId, now } = attempt;
  const presented: Presented = {
    ...attempt,
    secretMatches: equalText(session.secretHash, attempt.secretHash),
    clientMatches: clientId === null || clientId === session.clientId,
  };
  return decide(session, presented, session.policy, now, context.outages.of(session.id, now));
}

/** One call to the store; remembers when it was not answered, because the same attempt will come again. */
async function call(context: Context, attempt: Attempt, run: () => Promise<Found>): Promise<Found> {
  const { sessionId } = attempt;
  const sent: { at: EpochSeconds | null } = { at: null };
  let found: Found;
  try {
    found = await context.lanes.run(sessionId, () => {
      sent.at = context.now();
      return run();
    });
  } catch (error) {
    // What waited for another call was not sent, and that one has told of its failure.
    if (sent.at !== null) context.outages.sessionFailed(sessionId, sent.at, error);
    throw error;
  }
  context.outages.sessionAnswered(sessionId, context.now());
  return found;
}

function find(context: Context, attempt: Attempt): Promise<Found> {
  return call(context, attempt, async () => ({
    done: false,
    session: await context.store.sessions.find(attempt.sessionId),
  }));
}

/** The guarded write: the store rotates when the rule certainly would. */
function rotate(context: Context, attempt: TokenAttempt): Promise<Found> {
  return call(context, attempt, async () => {
    const { rotated, session } = await context.store.sessions.rotate(attempt);
    return { done: rotated, session };
  });
}

/** Writes what was decided; a theft that was found is told also when the store does not say what became of it. */
async function writeOrTell(
  context: Context,
  attempt: Attempt,
  read: Session,
  decision: Decision,
): Promise<Found> {
  try {
    return await write(context, attempt, read, decision);
  } catch (error) {
    if (!isGranted(decision)) reportUnfinished(context, attempt, read, decision);
    throw error;
  }
}

function write(
  context: Context,
  attempt: Attempt,
  read: Session,
  { outcome, change }: Decision,
): Promise<Found> | Found {
  if (change.kind === 'none') return { done: true, session: read };
  // Asks the store for no more than the swap would, and stores make it cheaper. An authenticated client may show a key that the guard does not take.
  if (outcome === 'rotated' && attempt.kind === 'token' && admits(read.binding, attempt.proof)) {
    return rotate(context, attempt);
  }
  return swap(context, attempt, read, change);
}

function swap(context: Context, attempt: Attempt, read: Session, change: Advance | End): Promise<Found> {
  return call(context, attempt, async () => {
    const { applied, session, endedIds } = await context.store.sessions.apply(read, change, attempt.now);
    reportEnded(context, read.subject, endedIds, { at: attempt.now, cause: 'parent' });
    return { done: applied, session };
  });
}

interface Ruled {
  readonly session: Session;
  readonly after: Session;
  readonly decision: Decision;
  readonly claims: CustomClaims | null;
}

function conclude(context: Context, attempt: Attempt, { session, after, decision, claims }: Ruled): Advanced {
  if (!isGranted(decision)) {
    const { outcome } = decision;
    const sessionOver = reportRefused(context, attempt, session, decision);
    return { granted: false, outcome, sessionOver, session };
  }
  const { outcome, stretched } = decision;
  reportGranted(context, attempt, session, after, decision);
  return { granted: true, outcome, session: after, claims: claims ?? noClaims, stretched };
}

async function refuseSubject(
  context: Context,
  { id: sessionId, subject }: Session,
  cause: 'gone' | 'disabled',
): Promise<Advanced> {
  await endSubject(context, subject, { sessionId, cause });
  return { granted: false, outcome: cause, sessionOver: true, session: null };
}
