import { PawlError } from '../../errors.js';
import type { Store } from '../store.js';
import { createData } from './data.js';
import { createDocuments } from './documents.js';
import { createEphemera } from './ephemera.js';
import { createEvents } from './events.js';
import { Records } from './records.js';
import { createReplays } from './replays.js';
import { createRevocations } from './revocations.js';
import { createSessions } from './sessions.js';

/** Runs one step of the store. Nothing else runs meanwhile, so every step is atomic. */
export type RunStep = <Value>(work: () => Value) => Promise<Value>;

/**
 * Creates a store that lives in this process and ends with it: for tests, the lab and trials.
 *
 * Does NOT survive a restart and does NOT share anything with another process.
 */
export function createMemoryStore(): Store {
  let closed = false;
  const answer = createTurnQueue();

  function run<Value>(work: () => Value): Promise<Value> {
    return new Promise((resolve) => {
      if (closed) throw new PawlError('store_unavailable', 'the memory store is closed');
      const value = work();
      answer(() => {
        resolve(value);
      });
    });
  }

  const revocations = createRevocations(run);
  const records = new Records((entry) => {
    revocations.append(entry);
  });
  const events = createEvents(run);
  const replays = createReplays(run);
  const ephemera = createEphemera(run);
  return {
    kind: 'memory',
    time: () => run(() => null),
    sessions: createSessions(records, run),
    data: createData(records, run),
    documents: createDocuments(run),
    events: events.port,
    replays: replays.port,
    ephemera: ephemera.port,
    revocations: revocations.port,
    check: () => run(() => undefined),
    sweep: (now, limit) =>
      run(() => {
        replays.sweep(now);
        ephemera.sweep(now);
        return records.sweep(now, limit) + events.sweep(now, limit);
      }),
    close(): Promise<void> {
      closed = true;
      revocations.close();
      return Promise.resolve();
    },
  };
}

/**
 * Runs callbacks at the end of the turn of the event loop, all at once: as with a database, answers that are ready together leave together,
 * which doubles what a server on this store can answer (docs/performance.md).
 */
function createTurnQueue(): (callback: () => void) => void {
  let waiting: (() => void)[] = [];
  return (callback) => {
    waiting.push(callback);
    if (waiting.length > 1) return;
    setImmediate(() => {
      const due = waiting;
      waiting = [];
      for (const run of due) run();
    });
  };
}
