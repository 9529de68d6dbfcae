import type { EpochSeconds } from '../../base/clock.js';
import { PawlError } from '../../errors.js';
import { mayRotate } from '../../rotation/guard.js';
import {
  endOf,
  initialRotation,
  isRevoked,
  isSameRotation,
  rotated,
  rotationOf,
  type Session,
} from '../../rotation/session.js';
import {
  type ApplyResult,
  type Created,
  type NewSession,
  replacesKey,
  type RotateAttempt,
  type RotateResult,
  type SessionStore,
  type StoreChange,
} from '../session-store.js';
import type { Records } from './records.js';
import type { RunStep } from './store.js';

export function createSessions(records: Records, run: RunStep): SessionStore {
  return {
    create: (session, maxSessions, now) => run(() => create(records, session, maxSessions, now)),
    rotate: (attempt) => run(() => rotate(records, attempt)),
    apply: (read, change, now) => run(() => apply(records, read, change, now)),
    find: (sessionId) => run(() => records.find(sessionId)),
    epochOf: (subject) => run(() => records.epochOf(subject)),
    list: (subject, now) =>
      run(() =>
        records
          .of(subject)
          .filter((session) => endOf(session, now) === null)
          .reverse(),
      ),
    revokeSession: (sessionId, secretHash, now) =>
      run(() => revokeSession(records, sessionId, secretHash, now)),
    revokeSubject: (subject, now) => run(() => records.incrementEpoch(subject, now)),
    revokeOthers: (subject, keepSessionId, now) =>
      run(() => revokeOthers(records, subject, keepSessionId, now)),
  };
}

function create(records: Records, session: NewSession, maxSessions: number, now: EpochSeconds): Created {
  const known = records.find(session.id);
  // The same step again, after an answer that never came.
  if (known !== null && known.secretHash === session.secretHash) return { session: known, endedIds: [] };
  if (known !== null) throw new PawlError('internal', 'another session has this id');

  const others = records.of(session.subject).filter((other) => endOf(other, now) === null);
  const surplus = others.slice(0, Math.max(0, others.length + 1 - maxSessions));
  for (const other of surplus) records.end(other, now);
  const added = records.add({
    ...session,
    ...initialRotation,
    floor: 0,
    amr: [...session.amr],
    policy: { ...session.policy },
    epoch: records.epochOf(session.subject),
    revokedAt: null,
  });
  return { session: added, endedIds: surplus.map(({ id }) => id) };
}

function rotate(records: Records, attempt: RotateAttempt): RotateResult {
  const session = records.find(attempt.sessionId);
  if (session === null || !mayRotate(session, attempt)) return { rotated: false, session };
  const { now, network } = attempt;
  return { rotated: true, session: records.change(session, rotated(session, now, network)) };
}

function apply(records: Records, read: Session, change: StoreChange, now: EpochSeconds): ApplyResult {
  const session = records.find(read.id);
  if (session === null || isRevoked(session) || !isSameRotation(session, read)) {
    return { applied: false, session };
  }
  if (replacesKey(session, change)) return { applied: false, session };
  if (change.kind === 'advance' || change.kind === 'bind') {
    const { binding } = change.kind === 'bind' ? change : session;
    const changes = { ...rotationOf(change.to), binding };
    return { applied: true, session: records.change(session, changes) };
  }
  if (change.kind === 'revoke-session') {
    return { applied: true, session: records.end(session, now) };
  }
  records.incrementEpoch(session.subject, now);
  return { applied: true, session: records.find(session.id) };
}

function revokeSession(
  records: Records,
  sessionId: string,
  secretHash: string | null,
  now: EpochSeconds,
): Session | null {
  const session = records.find(sessionId);
  if (session === null || isRevoked(session)) return null;
  if (secretHash !== null && secretHash !== session.secretHash) return null;
  return records.end(session, now);
}

function revokeOthers(
  records: Records,
  subject: string,
  keepSessionId: string,
  now: EpochSeconds,
): readonly string[] {
  const others = records.of(subject).filter((session) => session.id !== keepSessionId && !isRevoked(session));
  for (const other of others) records.end(other, now);
  return others.map(({ id }) => id);
}
