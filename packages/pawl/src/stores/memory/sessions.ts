import { mayRotate } from '../../rotation/guard.js';
import { rotated } from '../../rotation/session.js';
import { SessionSteps } from '../session-steps.js';
import type { RotateAttempt, RotateResult, SessionStore } from '../session-store.js';
import { sha256Witness } from '../witness.js';
import type { Records } from './records.js';
import type { RunStep } from './steps.js';

export function createSessions(records: Records, run: RunStep): SessionStore {
  const steps = new SessionSteps(records);
  return {
    witness: sha256Witness,
    create: (request) => run(() => steps.create(request)),
    rotate: (attempt) => run(() => rotate(records, attempt)),
    apply: (read, change, now) => run(() => steps.apply(read, change, now)),
    reauthenticate: (read, by, network, now) => run(() => steps.reauthenticate(read, by, network, now)),
    find: (sessionId) => run(() => records.find(sessionId)),
    epochOf: (subject) => run(() => steps.epochOf(subject)),
    list: (subject, now) => run(() => steps.list(subject, now)),
    revokeSession: (sessionId, secretHash, now) => run(() => steps.revokeSession(sessionId, secretHash, now)),
    revokeSubject: (subject, now) => run(() => records.incrementEpoch(subject, now)),
    revokeOthers: (subject, keepSessionId, now) => run(() => steps.revokeOthers(subject, keepSessionId, now)),
    revokeClient: (subject, clientId, now) => run(() => steps.revokeClient(subject, clientId, now)),
    clientCounterOf: (subject, clientId) => run(() => records.clientCounterOf(subject, clientId)),
    logoutsOwed: (subject, now) => run(() => steps.logoutsOwed(subject, now)),
    clearLogoutOwed: (sessionId) => run(() => steps.clearLogoutOwed(sessionId)),
  };
}

function rotate(records: Records, attempt: RotateAttempt): RotateResult {
  const session = records.find(attempt.sessionId);
  if (session === null || !mayRotate(session, attempt)) return { rotated: false, session };
  const { now, network } = attempt;
  records.advance(session.id, rotated(session, now, network));
  return { rotated: true, session: records.find(session.id) };
}
