import { PawlError } from '../../errors.js';

/** Runs one step of the store. Nothing else runs meanwhile, so every step is atomic. */
export type RunStep = <Value>(work: () => Value) => Promise<Value>;

/** What runs the steps of a store until it is closed; from then on each is rejected with `store_unavailable`. */
export function createSteps(): { readonly run: RunStep; readonly close: () => void } {
  let closed = false;
  const answer = createTurnQueue();
  return {
    run: (work) =>
      new Promise((resolve) => {
        if (closed) throw new PawlError('store_unavailable', 'the memory store is closed');
        const value = work();
        answer(() => {
          resolve(value);
        });
      }),
    close: () => {
      closed = true;
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
