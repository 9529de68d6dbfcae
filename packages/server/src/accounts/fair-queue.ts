import { type Place, WaitingGroups, type WaitingLimits } from './waiting-groups.js';

export interface QueueLimits extends WaitingLimits {
  /** How much work is done at once. */
  readonly slots: number;
}

/** A few slots for work, given out fairly: see {@link WaitingGroups}. */
export interface FairQueue {
  /**
   * Runs `work` when it has a slot. Resolves to null without running it when too much waits, or when it has to make room.
   *
   * @throws what `work` throws
   */
  run<Value>(place: Place, work: () => Promise<Value>): Promise<Value | null>;
}

export function createFairQueue(limits: QueueLimits): FairQueue {
  const groups = new WaitingGroups(limits);
  let running = 0;

  /** Resolves to whether there is a slot for it. */
  function wait(place: Place): Promise<boolean> {
    return new Promise((resolve) => {
      const waits = groups.add(place, { start: () => resolve(true), refuse: () => resolve(false) });
      if (!waits) resolve(false);
    });
  }

  return {
    async run(place, work) {
      if (running < limits.slots) running += 1;
      else if (!(await wait(place))) return null;
      try {
        return await work();
      } finally {
        // The slot goes on to the next one without being free in between.
        const next = groups.take();
        if (next === null) running -= 1;
        else next.start();
      }
    },
  };
}
