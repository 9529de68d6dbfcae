import { createdFrom, type NewSession } from '../stores/session-store.js';
import type { Store } from '../stores/store.js';
import { attemptFor, createSession, startAt } from './session-fixture.js';

/** A call of each method that answers later, by its name. None needs a session that is there. */
export function callsOn(
  store: Store,
  session: NewSession,
): readonly (readonly [name: string, call: () => Promise<unknown>])[] {
  const { sessions, data, documents, events, replays, ephemera, revocations } = store;
  const { id, subject } = session;
  const read = createdFrom(session, 0);
  return Object.entries({
    create: () => createSession(sessions, session, 5, startAt),
    rotate: () => sessions.rotate(attemptFor(session)),
    apply: () => sessions.apply(read, { kind: 'advance', to: read }, startAt),
    applyEnd: () => sessions.apply(read, { kind: 'revoke-session' }, startAt),
    reauthenticate: () =>
      sessions.reauthenticate(read, { authTime: startAt, acr: null, amr: [] }, null, startAt),
    find: () => sessions.find(id),
    epochOf: () => sessions.epochOf(subject),
    list: () => sessions.list(subject, startAt),
    revokeSession: () => sessions.revokeSession(id, null, startAt),
    revokeSubject: () => sessions.revokeSubject(subject, startAt),
    revokeOthers: () => sessions.revokeOthers(subject, id, startAt),
    revokeClient: () => sessions.revokeClient(subject, 'web', startAt),
    clientCounterOf: () => sessions.clientCounterOf(subject, 'web'),
    logoutsOwed: () => sessions.logoutsOwed(subject, startAt),
    clearLogoutOwed: () => sessions.clearLogoutOwed(id, startAt),
    readData: () => data.read(id, startAt),
    writeData: () => data.write(id, 0, '', startAt),
    readDocument: () => documents.read('c', 'k'),
    writeDocument: () => documents.write('c', 'k', 0, ''),
    removeDocument: () => documents.remove('c', 'k', 1),
    listDocuments: () => documents.list('c', null, 1),
    appendNothing: () => events.append([]),
    append: () => events.append([{ at: startAt, subject, sessionId: id, body: '{}' }]),
    readEvents: () => events.read({ after: null, limit: 1 }),
    tail: () => events.tail(1),
    remember: () => replays.remember('k', startAt + 1, startAt),
    put: () => ephemera.put('k', '', startAt + 1, startAt),
    readEphemeral: () => ephemera.read('k', startAt),
    take: () => ephemera.take('k', startAt),
    swap: () => ephemera.swap('k', '', '', startAt),
    appendRevocation: () => revocations.append([{ kind: 'key', kid: 'k', at: startAt }]),
    readRevocations: () => revocations.read(null, 1),
    trimRevocations: () => revocations.trim(startAt, 1),
    time: () => store.time(),
    check: () => store.check(),
    sweep: () => store.sweep(startAt, 1),
  });
}
