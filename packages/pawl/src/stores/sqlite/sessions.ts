import { SessionSteps } from '../session-steps.js';
import type { SessionStore } from '../session-store.js';
import { sha256Witness } from '../witness.js';
import type { SqliteConnection } from './connection.js';
import { SqliteSessionStatements } from './session-statements.js';

/** Each step reads and writes inside one transaction that holds the write lock: no other step comes between. */
export function createSessions(connection: SqliteConnection): SessionStore {
  const statements = new SqliteSessionStatements(connection);
  const steps = new SessionSteps(statements);
  return {
    witness: sha256Witness,
    create: (request) => connection.write(() => steps.create(request)),
    rotate: (attempt) =>
      connection.write(() => {
        const session = statements.rotate(attempt);
        return session === null
          ? { rotated: false, session: statements.find(attempt.sessionId) }
          : { rotated: true, session };
      }),
    apply: (read, change, now) => connection.write(() => steps.apply(read, change, now)),
    reauthenticate: (read, by, network, now) =>
      connection.write(() => steps.reauthenticate(read, by, network, now)),
    find: (sessionId) => connection.read(() => statements.find(sessionId)),
    epochOf: (subject) => connection.read(() => steps.epochOf(subject)),
    list: (subject, now) => connection.read(() => steps.list(subject, now)),
    revokeSession: (sessionId, secretHash, now) =>
      connection.write(() => steps.revokeSession(sessionId, secretHash, now)),
    revokeSubject: (subject, now) => connection.write(() => statements.incrementEpoch(subject, now)),
    revokeOthers: (subject, keepSessionId, now) =>
      connection.write(() => steps.revokeOthers(subject, keepSessionId, now)),
    revokeClient: (subject, clientId, now) =>
      connection.write(() => steps.revokeClient(subject, clientId, now)),
    clientCounterOf: (subject, clientId) =>
      connection.read(() => statements.clientCounterOf(subject, clientId)),
    logoutsOwed: (subject, now) => connection.read(() => steps.logoutsOwed(subject, now)),
    clearLogoutOwed: (sessionId) => connection.write(() => steps.clearLogoutOwed(sessionId)),
  };
}
