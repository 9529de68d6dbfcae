import { equalText } from '../base/bytes.js';
import type { EpochSeconds } from '../base/clock.js';
import { isPawlError, PawlError } from '../errors.js';
import { rotationOf } from '../rotation/decide.js';
import {
  type Decision,
  decide,
  isGranted,
  type Outcome,
  type Policy,
  type Session,
} from '../rotation/index.js';
import type { RotateAttempt } from '../stores/index.js';
import type { RefreshRequest, RefreshResult } from './authority.js';
import { confirmationOf, cookieKeyOf } from './bound-key.js';
import type { Context } from './context.js';
import { askClaims, type CustomClaims, issueTokens } from './issue.js';
import { type PresentedToken, presentRefreshToken } from './present.js';
import { reportDead, reportGranted, reportRefused } from './report-refresh.js';
import { endSubject } from './revoke.js';
import { isNarrowing } from './scope.js';

// Each lost swap means that another request moved the session on; more than this many in a row does not happen by chance.
const maxSwaps = 16;

/**
 * Redeems one refresh token and advances its session by at most one generation.
 *
 * Does NOT authenticate the client, verify a proof of possession or check the request's origin: `request` states what the
 * caller found.
 *
 * @throws PawlError `store_unavailable` (unknown outcome), `claims_unavailable` and `invalid_scope` (nothing rotated)
 * @see [RFC 9700 §4.14](https://www.rfc-editor.org/rfc/rfc9700.html#section-4.14)
 */
export async function refresh(context: Context, request: RefreshRequest): Promise<RefreshResult> {
  const presented = await presentRefreshToken(context, request.refreshToken);
  if (presented === null) return refuseUnread(context, 'malformed', null);

  const attempt = attemptOf(context, request, presented);
  const prepared = await prepare(context, request, attempt);
  if ('result' in prepared) return prepared.result;

  const ruled = await ruleObserved(context, attempt);
  if (ruled.kind === 'unknown') return refuseUnread(context, 'unknown', attempt.sessionId);
  const { session } = ruled;
  if (ruled.kind === 'wrong-client') {
    reportDead(context, session, 'wrong-client', attempt.now);
    return { granted: false, outcome: 'wrong-client', sessionOver: false };
  }
  const { outcome } = ruled;
  if (!isGranted(outcome)) {
    const ended = reportRefused(context, ruled.before, outcome, attempt);
    return { granted: false, outcome, sessionOver: ended };
  }
  if (prepared.custom === null) throw movedOn();
  const tokens = issueTokens(context, session, presented.contents.secret, prepared.custom, {
    ...(request.scope === undefined ? {} : { scope: request.scope }),
    boundKey: keyOfTokens(session, request, attempt),
  });
  reportGranted(context, { before: ruled.before, session, outcome, attempt });
  const sparedByOutage =
    outcome === 'kept' && isWindowOver(ruled.before, context.options.policy, attempt.now);
  return { granted: true, outcome, tokens, sparedByOutage };
}

function refuseUnread(
  context: Context,
  reason: 'malformed' | 'unknown',
  sessionId: string | null,
): RefreshResult {
  context.events.emit({ type: 'refresh.refused', at: context.now(), subject: null, sessionId, reason });
  return { granted: false, outcome: reason, sessionOver: reason === 'unknown' };
}

/** What one request presents, as the store's guard and the rule need it. */
interface Attempt extends RotateAttempt {
  /** Whether a proof by any key counts as one by the session's: the client has authenticated. */
  readonly mayChangeKey: boolean;
}

function attemptOf(context: Context, request: RefreshRequest, presented: PresentedToken): Attempt {
  const { sessionId, generation, fork } = presented.contents;
  const now = context.now();
  return {
    sessionId,
    secretHash: presented.secretHash,
    generation,
    fork,
    provenKey: provenKeyOf(request),
    clientId: request.clientId ?? null,
    mayChangeKey:
      request.clientAuthenticated === true &&
      request.clientId !== undefined &&
      context.options.clientKeyChange === 'authenticated',
    windowSeconds: context.outages.windowSeconds(sessionId, context.options.policy.windowSeconds, now),
    now,
  };
}

function provenKeyOf({ provenKey, transport = 'body' }: RefreshRequest): string | null {
  if (provenKey === undefined) return null;
  return transport === 'cookie' ? cookieKeyOf(provenKey) : provenKey;
}

/** The key that was shown; a cookie brings no proof, so a key shown with one binds nothing that was not bound at login. */
function keyOfTokens(session: Session, request: RefreshRequest, attempt: Attempt): string | null {
  if (session.boundKey === null && request.transport === 'cookie') return null;
  return attempt.provenKey ?? session.boundKey;
}

/**
 * What has to be known before anything rotates, because a refusal afterwards would have spent the token. Costs a look-up
 * only with a claims hook or a narrowed scope. A token that would not be granted is left to the rule (`custom` is null): neither a
 * failing hook nor an excessive scope hides its reuse, and nobody learns from the answer whether its session lives.
 */
async function prepare(
  context: Context,
  request: RefreshRequest,
  attempt: Attempt,
): Promise<{ readonly custom: CustomClaims | null } | { readonly result: RefreshResult }> {
  if (context.claims === null && request.scope === undefined) return { custom: {} };
  const session = await context.store.sessions.find(attempt.sessionId);
  if (session === null || !wouldGrant(context, session, attempt)) return { custom: null };
  if (request.scope !== undefined && !isNarrowing(request.scope, session.scope)) {
    throw new PawlError('invalid_scope', 'the requested scope exceeds the one that was granted at login');
  }
  const { subject, clientId, id: sessionId } = session;
  const scope = request.scope ?? session.scope;
  const answer = await askClaims(context, { reason: 'refresh', subject, sessionId, clientId, scope });
  if ('claims' in answer) return { custom: answer.claims };
  await endSubject(context, subject, { sessionId, cause: answer.refused });
  return { result: { granted: false, outcome: answer.refused, sessionOver: true } };
}

function wouldGrant(context: Context, session: Session, attempt: Attempt): boolean {
  return !isOtherClient(session, attempt) && isGranted(decideOn(context, session, attempt).outcome);
}

/** Asked of genuine tokens only: one with another secret is left to the rule, which reports it as forged. */
function isOtherClient(session: Session, attempt: Attempt): boolean {
  return attempt.clientId !== null && attempt.clientId !== session.clientId && isGenuine(session, attempt);
}

function isGenuine(session: Session, attempt: Attempt): boolean {
  return equalText(session.secretHash, attempt.secretHash);
}

type Ruled =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'wrong-client'; readonly session: Session }
  | {
      readonly kind: 'decided';
      readonly outcome: Outcome;
      readonly before: Session;
      readonly session: Session;
    };

/** Remembers when the store did not answer: the same token will come again. */
async function ruleObserved(context: Context, attempt: Attempt): Promise<Ruled> {
  const { outages, options } = context;
  const { windowSeconds } = options.policy;
  let ruled: Ruled;
  try {
    ruled = await rule(context, attempt);
  } catch (error) {
    if (isPawlError(error, 'store_unavailable')) {
      outages.failed(attempt.sessionId, attempt.now, windowSeconds);
    }
    throw error;
  }
  outages.answered(attempt.sessionId, context.now(), windowSeconds);
  return ruled;
}

/** One guarded write on the common path; otherwise the rule decides, and its change is swapped in until a swap holds. */
async function rule(context: Context, attempt: Attempt): Promise<Ruled> {
  const { sessions } = context.store;
  const { rotated, session: read } = await sessions.rotate(attempt);
  if (read === null) return { kind: 'unknown' };
  if (rotated) return { kind: 'decided', outcome: 'rotated', before: read, session: read };

  let session: Session = read;
  for (let swaps = 0; swaps < maxSwaps; swaps++) {
    if (isOtherClient(session, attempt)) return { kind: 'wrong-client', session };
    const { outcome, change } = decideOn(context, session, attempt);
    if (change.kind === 'none') return { kind: 'decided', outcome, before: session, session };
    const { applied, session: after } = await sessions.apply(session, change, attempt.now);
    if (after === null) return { kind: 'unknown' };
    if (applied) return { kind: 'decided', outcome, before: session, session: after };
    session = after;
  }
  throw movedOn();
}

/** Others changed the session meanwhile, in a way that one attempt cannot follow. */
function movedOn(): PawlError {
  return new PawlError('store_unavailable', 'the session changed while one of its tokens was refreshed');
}

function decideOn(context: Context, session: Session, attempt: Attempt): Decision {
  const { generation, fork } = attempt;
  const provenKey = provenFor(session, attempt);
  const secretMatches = isGenuine(session, attempt);
  const { policy } = context.options;
  const stretched = { ...policy, windowSeconds: attempt.windowSeconds };
  const presented = { generation, fork, provenKey, secretMatches };
  return noteTime(decide(session, presented, stretched, attempt.now), session, policy, attempt.now);
}

/**
 * Writes down when a token was given out that only the window of an outage spares a rotation. Otherwise an attempt from during the outage,
 * which nobody waits for any more and the store carries out late, could still rotate it away, and its owner would come back like a thief.
 */
function noteTime(decision: Decision, session: Session, policy: Policy, now: EpochSeconds): Decision {
  const { outcome, change } = decision;
  if ((outcome !== 'kept' && outcome !== 'replayed') || session.boundKey !== null) return decision;
  if (!isWindowOver(session, policy, now)) return decision;
  const to = change.kind === 'advance' ? change.to : rotationOf(session);
  return { outcome, change: { kind: 'advance', to: { ...to, rotatedAt: now } } };
}

/** Whether the window, as configured, has ended: a retry is then one only because an outage stretched it. */
function isWindowOver({ rotatedAt }: Session, policy: Policy, now: EpochSeconds): boolean {
  return rotatedAt !== null && now - rotatedAt >= policy.windowSeconds;
}

/** The key that the rule sees. The record's own, when the client may show any that it likes. */
function provenFor(session: Session, { provenKey, mayChangeKey }: Attempt): string | null {
  const isProof = confirmationOf(provenKey) !== null && confirmationOf(session.boundKey) !== null;
  return mayChangeKey && isProof ? session.boundKey : provenKey;
}
