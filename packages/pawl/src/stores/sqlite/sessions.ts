import type { EpochSeconds } from '../../base/clock.js';
import { PawlError } from '../../errors.js';
import { endOf, isRevoked, isSameRotation, type Session } from '../../rotation/session.js';
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
import type { Connection } from './connection.js';
import { SessionStatements } from './session-statements.js';

/** The steps below read and write inside one transaction that holds the write lock: no other step comes between. */
export function createSessions(connection: Connection): SessionStore {
  const statements = new SessionStatements(connection);
  return {
    create: (session, maxSessions, now) =>
      connection.write(() => create(statements, session, maxSessions, now)),
    rotate: (attempt) => connection.write(() => rotate(statements, attempt)),
    apply: (read, change, now) => connection.write(() => apply(statements, read, change, now)),
    find: (sessionId) => connection.read(() => statements.find(sessionId)),
    epochOf: (subject) => connection.read(() => statements.epochOf(subject)),
    list: (subject, now) =>
      connection.read(() =>
        statements
          .of(subject)
          .filter((session) => endOf(session, now) === null)
          .reverse(),
      ),
    revokeSession: (sessionId, secretHash, now) =>
      connection.write(() => revokeSession(statements, sessionId, secretHash, now)),
    revokeSubject: (subject, now) => connection.write(() => statements.incrementEpoch(subject, now)),
    revokeOthers: (subject, keepSessionId, now) =>
      connection.write(() => revokeOthers(statements, subject, keepSessionId, now)),
  };
}

function create(
  statements: SessionStatements,
  session: NewSession,
  maxSessions: number,
  now: EpochSeconds,
): Created {
  const known = statements.find(session.id);
  // The same step again, after an answer that never came.
  if (known !== null && known.secretHash === session.secretHash) return { session: known, endedIds: [] };
  if (known !== null) throw new PawlError('internal', 'another session has this id');

  const others = statements.of(session.subject).filter((other) => endOf(other, now) === null);
  const surplus = others.slice(0, Math.max(0, others.length + 1 - maxSessions));
  for (const { id } of surplus) statements.end(id, now);
  return { session: statements.insert(session), endedIds: surplus.map(({ id }) => id) };
}

function rotate(statements: SessionStatements, attempt: RotateAttempt): RotateResult {
  const session = statements.rotate(attempt);
  return session === null
    ? { rotated: false, session: statements.find(attempt.sessionId) }
    : { rotated: true, session };
}

function apply(
  statements: SessionStatements,
  read: Session,
  change: StoreChange,
  now: EpochSeconds,
): ApplyResult {
  const session = statements.find(read.id);
  if (session === null || isRevoked(session) || !isSameRotation(session, read)) {
    return { applied: false, session };
  }
  if (replacesKey(session, change)) return { applied: false, session };
  if (change.kind === 'advance') statements.advance(session.id, change.to);
  else if (change.kind === 'bind') statements.bind(session.id, change.binding, change.to);
  else if (change.kind === 'revoke-session') statements.end(session.id, now);
  else statements.incrementEpoch(session.subject, now);
  return { applied: true, session: statements.find(session.id) };
}

function revokeSession(
  statements: SessionStatements,
  sessionId: string,
  secretHash: string | null,
  now: EpochSeconds,
): Session | null {
  const session = statements.find(sessionId);
  if (session === null || isRevoked(session)) return null;
  if (secretHash !== null && secretHash !== session.secretHash) return null;
  statements.end(sessionId, now);
  return { ...session, revokedAt: now };
}

function revokeOthers(
  statements: SessionStatements,
  subject: string,
  keepSessionId: string,
  now: EpochSeconds,
): readonly string[] {
  const others = statements
    .of(subject)
    .filter((session) => session.id !== keepSessionId && !isRevoked(session));
  for (const { id } of others) statements.end(id, now);
  return others.map(({ id }) => id);
}
