/**
 * The ports of sessions and of their data. The steps are Pawl's; what they read and write are the records.
 *
 * In a database of this process (SQLite): the same, each step inside a transaction that holds the write lock. In a database of its own: each
 * method is a script or statement there, and docs/writing-a-store.md says what it asks in which order.
 */
import { endOf, mayRotate, rotated } from 'pawl/rotation';
import { type DataStore, SessionSteps, type SessionStore, sha256Witness } from 'pawl/stores';
import type { Records } from './records.js';
import type { Step } from './step.js';

export function createSessions(records: Records, step: Step): SessionStore {
  const steps = new SessionSteps(records);
  return {
    witness: sha256Witness,
    create: step((request) => steps.create(request)),
    rotate: step((attempt) => {
      const session = records.find(attempt.sessionId);
      if (session === null || !mayRotate(session, attempt)) return { rotated: false, session };
      records.advance(session.id, rotated(session, attempt.now, attempt.network));
      return { rotated: true, session: records.find(session.id) };
    }),
    apply: step((read, change, now) => steps.apply(read, change, now)),
    reauthenticate: step((read, by, network, now) => steps.reauthenticate(read, by, network, now)),
    find: step((sessionId) => records.find(sessionId)),
    epochOf: step((subject) => steps.epochOf(subject)),
    list: step((subject, now) => steps.list(subject, now)),
    revokeSession: step((sessionId, secretHash, now) => steps.revokeSession(sessionId, secretHash, now)),
    revokeSubject: step((subject, now) => records.incrementEpoch(subject, now)),
    revokeOthers: step((subject, keepSessionId, now) => steps.revokeOthers(subject, keepSessionId, now)),
    revokeClient: step((subject, clientId, now) => steps.revokeClient(subject, clientId, now)),
    clientCounterOf: step((subject, clientId) => records.clientCounterOf(subject, clientId)),
    logoutsOwed: step((subject, now) => steps.logoutsOwed(subject, now)),
    clearLogoutOwed: step((sessionId) => steps.clearLogoutOwed(sessionId)),
  };
}

export function createData(records: Records, step: Step): DataStore {
  function isAlive(sessionId: string, now: number): boolean {
    const session = records.find(sessionId);
    return session !== null && endOf(session, now) === null;
  }

  return {
    read: step((sessionId, now) => (isAlive(sessionId, now) ? records.dataOf(sessionId) : null)),
    write: step((sessionId, expectedVersion, value, now) => {
      if (!isAlive(sessionId, now)) return 'ended';
      if (records.dataOf(sessionId).version !== expectedVersion) return 'conflict';
      records.setData(sessionId, { version: expectedVersion + 1, value });
      return 'written';
    }),
  };
}
