import type { EpochSeconds } from '../base/clock.js';
import type { Granted, Refused, Session } from '../rotation/index.js';
import type { RotateAttempt } from '../stores/index.js';
import type { Context } from './context.js';

/** Seconds from the last rotation to `now`; null before the first. */
function sinceRotationSeconds(session: Session, now: EpochSeconds): number | null {
  return session.rotatedAt === null ? null : Math.max(0, now - session.rotatedAt);
}

/** Reports a refresh that handed out tokens. `before` is the record that the rule saw. */
export function reportGranted(
  context: Context,
  refreshed: { before: Session; session: Session; outcome: Granted; attempt: RotateAttempt },
): void {
  const { before, session, outcome, attempt } = refreshed;
  context.events.emit({
    type: 'session.refreshed',
    at: attempt.now,
    subject: session.subject,
    sessionId: session.id,
    outcome,
    presentedGeneration: attempt.generation,
    presentedFork: attempt.fork,
    generation: session.generation,
    fork: session.fork,
    sinceRotationSeconds: outcome === 'rotated' ? null : sinceRotationSeconds(before, attempt.now),
    windowSeconds: attempt.windowSeconds,
  });
}

/** Reports a token of a session that is over, or of another client. */
export function reportDead(
  context: Context,
  session: Session,
  reason: 'revoked' | 'expired' | 'wrong-client',
  now: EpochSeconds,
): void {
  const { subject, id: sessionId } = session;
  context.events.emit({ type: 'refresh.refused', at: now, subject, sessionId, reason });
}

/** What the policy ended because of an outcome. */
type Ended = 'subject' | 'session' | 'nothing';

const endedBy = { 'revoke-subject': 'subject', 'revoke-session': 'session', report: 'nothing' } as const;

/** Reports what the rule refused, and what ended because of it. Resolves to whether the presented token's session is over. */
export function reportRefused(
  context: Context,
  session: Session,
  outcome: Refused,
  attempt: RotateAttempt,
): boolean {
  const { policy } = context.options;
  const { subject, id: sessionId, generation, fork } = session;
  const at = attempt.now;
  switch (outcome) {
    case 'revoked':
    case 'expired':
      reportDead(context, session, outcome, at);
      return true;
    case 'forged':
      context.events.emit({ type: 'session.forged', at, subject, sessionId });
      return false;
    case 'wrong-key': {
      const ended = endedBy[policy.onWrongKey];
      context.events.emit({ type: 'session.wrong-key', at, subject, sessionId, ended });
      return reportEnd(context, session, ended, outcome, at);
    }
    case 'reused': {
      const ended = endedBy[policy.onReuse];
      context.events.emit({
        type: 'session.reused',
        at,
        subject,
        sessionId,
        presentedGeneration: attempt.generation,
        presentedFork: attempt.fork,
        generation,
        fork,
        sinceRotationSeconds: sinceRotationSeconds(session, at),
        ended,
      });
      return reportEnd(context, session, ended, outcome, at);
    }
  }
}

function reportEnd(
  context: Context,
  session: Session,
  ended: Ended,
  cause: 'reused' | 'wrong-key',
  at: EpochSeconds,
): boolean {
  const { subject, id: sessionId } = session;
  if (ended === 'subject') context.events.emit({ type: 'subject.revoked', at, subject, sessionId, cause });
  if (ended === 'session') context.events.emit({ type: 'session.revoked', at, subject, sessionId, cause });
  return ended !== 'nothing';
}
