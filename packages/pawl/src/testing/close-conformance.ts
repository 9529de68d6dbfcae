import assert from 'node:assert/strict';
import { isPawlError } from '../errors.js';
import type { Store } from '../stores/store.js';
import { createSession, attemptFor, newSession, startAt } from './session-fixture.js';
import { createdFrom } from '../stores/session-store.js';
import type { StoreAccess } from './store-conformance.js';

export function describeClose({ runner, opener, random, withStore }: StoreAccess): void {
  const { describe, test } = runner;
  describe('check and close', () => {
    test('an open store answers a check', () => withStore((store) => store.check()));

    test('a store tells no time, or one that does not go back', () =>
      withStore(async (store) => {
        const [first, second] = [await store.time(), await store.time()];
        if (first === null || second === null) {
          assert.deepEqual([first, second], [null, null]);
        } else {
          assert.ok(Number.isFinite(first) && second >= first, `${String(first)}, then ${String(second)}`);
        }
      }));

    test('closing finishes what was accepted', async () => {
      const store = await opener.open();
      const session = newSession(random);
      const accepted = createSession(store.sessions, session, 5, startAt);
      await store.close();
      assert.deepEqual((await accepted).session, createdFrom(session, 0));
    });

    test('after closing every call rejects with store_unavailable, except closing', async () => {
      const store = await opener.open();
      await store.close();
      await store.close();
      for (const [name, call] of Object.entries(callsOn(store))) {
        const error = await call().then(
          () => null,
          (reason: unknown) => reason,
        );
        assert.ok(isPawlError(error, 'store_unavailable'), `${name}: ${String(error)}`);
      }
    });

    function callsOn(store: Store): Record<string, () => Promise<unknown>> {
      const { sessions, data, documents, events, replays, ephemera, revocations } = store;
      const session = newSession(random);
      const { id, subject } = session;
      return {
        create: () => createSession(sessions, session, 5, startAt),
        rotate: () => sessions.rotate(attemptFor(session)),
        apply: () => sessions.apply(createdFrom(session, 0), { kind: 'revoke-session' }, startAt),
        find: () => sessions.find(id),
        epochOf: () => sessions.epochOf(subject),
        list: () => sessions.list(subject, startAt),
        revokeSession: () => sessions.revokeSession(id, null, startAt),
        revokeSubject: () => sessions.revokeSubject(subject, startAt),
        revokeOthers: () => sessions.revokeOthers(subject, id, startAt),
        readData: () => data.read(id, startAt),
        writeData: () => data.write(id, 0, '', startAt),
        readDocument: () => documents.read('c', 'k'),
        writeDocument: () => documents.write('c', 'k', 0, ''),
        removeDocument: () => documents.remove('c', 'k', 1),
        listDocuments: () => documents.list('c', null, 1),
        append: () => events.append([]),
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
      };
    }
  });
}
