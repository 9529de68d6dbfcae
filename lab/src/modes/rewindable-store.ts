import { createMemoryStore } from 'pawl/stores/memory';
import type { SessionStore, Store, StoredDocument } from 'pawl/stores';

/** A memory store that can be copied and put back. */
export interface RewindableStore extends Store {
  backUp(): void;
  restore(): Promise<void>;
  /** Calls of the session port so far. */
  roundTrips(): number;
  /** Every document that is in the store, as a thief with a copy reads them. */
  readDocuments(): Promise<readonly StoredDocument[]>;
}

type Write = (store: Store) => Promise<unknown>;

/**
 * A store never reads a clock, so the same writes in the same order make the same records: a backup is a length of the
 * journal of writes, and restoring plays that length again on an empty store.
 */
export function createRewindableStore(): RewindableStore {
  let inner = createMemoryStore();
  let journal: Write[] = [];
  let copied = 0;
  let calls = 0;
  const collections = new Set<string>();

  function write<Answer>(step: (store: Store) => Promise<Answer>): Promise<Answer> {
    journal.push(step);
    return step(inner);
  }

  function call<Answer>(step: (sessions: SessionStore) => Promise<Answer>): Promise<Answer> {
    calls += 1;
    return write((store) => step(store.sessions));
  }

  return {
    kind: 'memory',
    sessions: {
      create: (session, maxSessions, now) => call((sessions) => sessions.create(session, maxSessions, now)),
      rotate: (attempt) => call((sessions) => sessions.rotate(attempt)),
      apply: (read, change, now) => call((sessions) => sessions.apply(read, change, now)),
      revokeSession: (id, secretHash, now) => call((sessions) => sessions.revokeSession(id, secretHash, now)),
      revokeSubject: (subject, now) => call((sessions) => sessions.revokeSubject(subject, now)),
      revokeOthers: (subject, keepId, now) => call((sessions) => sessions.revokeOthers(subject, keepId, now)),
      find: (id) => {
        calls += 1;
        return inner.sessions.find(id);
      },
      list: (subject, now) => {
        calls += 1;
        return inner.sessions.list(subject, now);
      },
    },
    documents: {
      read: (collection, key) => inner.documents.read(collection, key),
      write: (collection, key, expectedVersion, value) => {
        collections.add(collection);
        return write((store) => store.documents.write(collection, key, expectedVersion, value));
      },
      list: (collection, after, limit) => inner.documents.list(collection, after, limit),
    },
    events: inner.events,
    check: () => inner.check(),
    sweep: (now, limit) => write((store) => store.sweep(now, limit)),
    close: () => inner.close(),
    backUp: () => {
      copied = journal.length;
    },
    restore: async () => {
      journal = journal.slice(0, copied);
      inner = createMemoryStore();
      for (const step of journal) await step(inner);
    },
    roundTrips: () => calls,
    readDocuments: async () => {
      const lists = [...collections].map((name) => inner.documents.list(name, null, 1000));
      return (await Promise.all(lists)).flat();
    },
  };
}
