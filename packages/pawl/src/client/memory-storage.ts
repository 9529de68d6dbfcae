import type { SessionRecord } from './session-record.js';
import type { ClientStorage } from './storage.js';

/** A storage that ends with the process, for programs that log in at each start. Clients that are given the same one share it. */
export function createMemoryStorage(): ClientStorage {
  let record: SessionRecord | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const listeners = new Set<() => void>();
  return {
    holdsKeyHandles: true,
    load: () => Promise.resolve(record),
    replace(expectedRevision, next) {
      if ((record?.revision ?? 0) !== expectedRevision) return Promise.resolve(false);
      record = next;
      for (const listener of listeners) listener();
      return Promise.resolve(true);
    },
    lock(work) {
      const turn = last.then(work);
      last = turn.catch(() => undefined);
      return turn;
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
