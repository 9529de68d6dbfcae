import type { EpochSeconds } from '../base/clock.js';
import type { GrantedDecision, RefusedDecision, Session } from '../rotation/index.js';
import type { Attempt } from './attempt.js';
import type { Context, Theft } from './context.js';
import type { SessionWrongKey } from './events.js';

/** Seconds from the last rotation to `now`; null before the first. */
function sinceRotationSeconds(session: Session, now: EpochSeconds): number | null {
  return session.rotatedAt === null ? null : Math.max(0, now - session.rotatedAt);
}

/** The place of the token that was presented. A browser's proof stands for the current one. */
function presentedPlace(attempt: Attempt, session: Session): { generation: number; fork: number } {
  return attempt.kind === 'token' ? attempt : session;
}

/** Reports a refresh that handed out tokens. `before` is the record that the rule saw. */
export function reportGranted(
  context: Context,
  attempt: Attempt,
  before: Session,
  session: Session,
  { outcome, windowSeconds, stretched }: Pick<GrantedDecision, 'outcome' | 'windowSeconds' | 'stretched'>,
): void {
  const { subject, id: sessionId, generation, fork } = session;
  const at = attempt.now;
  if (before.binding.kind === 'none' && session.binding.kind !== 'none') {
    context.events.emit({
      type: 'session.bound',
      at,
      subject,
      sessionId,
      binding: session.binding.kind,
    });
  }
  const presented = presentedPlace(attempt, before);
  const since = sinceRotationSeconds(before, at);
  context.events.emit({
    type: 'session.refreshed',
    at,
    subject,
    sessionId,
    outcome,
    presentedGeneration: presented.generation,
    presentedFork: presented.fork,
    generation,
    fork,
    sinceRotationSeconds: outcome === 'rotated' ? null : since,
    windowSeconds,
  });
  if (stretched) {
    const baseSeconds = before.policy.windowSeconds;
    const window = { outcome, baseSeconds, windowSeconds, sinceRotationSeconds: since };
    context.events.emit({ type: 'window.stretched', at, subject, sessionId, ...window });
  }
  if (outcome === 'replayed' && isElsewhere(before, attempt)) {
    context.events.emit({
      type: 'session.replayed-elsewhere',
      at,
      subject,
      sessionId,
      presentedGeneration: presented.generation,
      generation,
      sinceRotationSeconds: since,
      address: attempt.address,
    });
  }
}

/** Whether a bearer token comes from another network than the last rotation. What is not known differs from nothing. */
function isElsewhere({ binding, network }: Session, attempt: Attempt): boolean {
  return (
    binding.kind === 'none' && network !== null && attempt.network !== null && network !== attempt.network
  );
}

const endedBy = { 'revoke-subject': 'subject', 'revoke-session': 'session', none: 'nothing' } as const;

/** Reports what the rule refused, and what ended because of it. Returns whether the presented token's session is over. */
export function reportRefused(
  context: Context,
  attempt: Attempt,
  session: Session,
  decision: RefusedDecision,
): boolean {
  const { subject, id: sessionId } = session;
  const { now: at, address } = attempt;
  switch (decision.outcome) {
    case 'revoked':
      reportToldEnd(context, attempt, session);
      context.events.emit({ type: 'refresh.refused', at, subject, sessionId, reason: 'revoked', address });
      return true;
    case 'expired':
    case 'wrong-client':
    case 'superseded':
      context.events.emit({
        type: 'refresh.refused',
        at,
        subject,
        sessionId,
        reason: decision.outcome,
        address,
      });
      return decision.outcome === 'expired';
    case 'spent':
      // Expected of every browser now and then: it gets a new challenge and goes on.
      return false;
    case 'forged':
      context.events.emit({ type: 'session.forged', at, subject, sessionId });
      return false;
    case 'wrong-key':
    case 'reused':
      if (context.toldThefts.get(sessionId) === undefined) {
        reportTheft(context, attempt, session, decision, endedBy[decision.change.kind]);
      }
      context.toldThefts.delete(sessionId);
      return reportEnd(context, attempt, session, decision);
  }
}

/**
 * Reports a theft that was found, when the store did not say whether its sessions ended: whoever presents the token again may find them ended, and
 * a theft is told once, whatever the store answers.
 */
export function reportUnfinished(
  context: Context,
  attempt: Attempt,
  session: Session,
  decision: RefusedDecision,
): void {
  if (decision.outcome !== 'reused' && decision.outcome !== 'wrong-key') return;
  if (context.toldThefts.get(session.id) !== undefined) return;
  context.toldThefts.set(session.id, decision);
  reportTheft(context, attempt, session, decision, 'unknown');
}

/** The end of a theft that was told before, now that it is seen. */
function reportToldEnd(context: Context, attempt: Attempt, session: Session): void {
  const told = context.toldThefts.get(session.id);
  if (told === undefined) return;
  context.toldThefts.delete(session.id);
  reportEnd(context, attempt, session, told);
}

function reportTheft(
  context: Context,
  attempt: Attempt,
  session: Session,
  { outcome }: Theft,
  ended: SessionWrongKey['ended'],
): void {
  const { subject, id: sessionId, generation, fork } = session;
  const at = attempt.now;
  if (outcome === 'wrong-key' || ended === 'nothing') {
    context.events.emit({ type: 'session.wrong-key', at, subject, sessionId, ended });
    return;
  }
  const presented = presentedPlace(attempt, session);
  context.events.emit({
    type: 'session.reused',
    at,
    subject,
    sessionId,
    presentedGeneration: presented.generation,
    presentedFork: presented.fork,
    generation,
    fork,
    sinceRotationSeconds: sinceRotationSeconds(session, at),
    ended,
  });
}

function reportEnd(
  context: Context,
  { now: at }: Attempt,
  { subject, id: sessionId }: Session,
  { outcome: cause, change }: Theft,
): boolean {
  if (change.kind === 'none') return false;
  const type = change.kind === 'revoke-subject' ? 'subject.revoked' : 'session.revoked';
  context.events.emit({ type, at, subject, sessionId, cause });
  return true;
}
