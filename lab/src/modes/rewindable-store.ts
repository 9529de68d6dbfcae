import { createMemoryStore } from 'pawl/stores/memory';
import type { Store, StoredDocument } from 'pawl/stores';

/** A memory store that can be copied and put back. */
export interface RewindableStore extends Store {
  backUp(): void;
  restore(): Promise<void>;
  /** Calls of the session port so far. */
  roundTrips(): number;
  /** Every document that is in the store, as a thief with a copy reads them. */
  readDocuments(): Promise<readonly StoredDocument[]>;
}

type Port = 'sessions' | 'data' | 'documents' | 'events' | 'replays' | 'ephemera' | 'revocations';

interface Call {
  readonly port: Port;
  readonly method: string | symbol;
  readonly args: readonly unknown[];
}

/**
 * A store never reads a clock, so the same calls in the same order make the same records: a backup is a length of the
 * journal of calls, and restoring plays that length again on an empty store.
 */
export function createRewindableStore(): RewindableStore {
  let inner = createMemoryStore();
  let journal: Call[] = [];
  let copied = 0;
  let roundTrips = 0;
  const collections = new Set<string>();

  function play({ port, method, args }: Call): unknown {
    const target = inner[port];
    const called: unknown = Reflect.get(target, method);
    return typeof called === 'function' ? (Reflect.apply(called, target, args) as unknown) : called;
  }

  // Whatever methods the port has, all of them pass through here.
  function journaled<Name extends Port>(port: Name): Store[Name] {
    return new Proxy(inner[port], {
      get:
        (_, method) =>
        (...args: unknown[]) => {
          if (port === 'sessions') roundTrips += 1;
          if (port === 'documents') collections.add(String(args[0]));
          const call = { port, method, args };
          journal.push(call);
          return play(call);
        },
    });
  }

  return {
    kind: 'memory',
    time: () => inner.time(),
    sessions: journaled('sessions'),
    data: journaled('data'),
    documents: journaled('documents'),
    events: journaled('events'),
    replays: journaled('replays'),
    ephemera: journaled('ephemera'),
    revocations: journaled('revocations'),
    check: () => inner.check(),
    // Garbage collection changes no answer, so a restored store may do without it.
    sweep: (now, limit) => inner.sweep(now, limit),
    close: () => inner.close(),
    backUp: () => {
      copied = journal.length;
    },
    restore: async () => {
      journal = journal.slice(0, copied);
      inner = createMemoryStore();
      for (const call of journal) await play(call);
    },
    roundTrips: () => roundTrips,
    readDocuments: async () => {
      const lists = [...collections].map((name) => inner.documents.list(name, null, 1000));
      return (await Promise.all(lists)).flat();
    },
  };
}
