import type { EpochSeconds } from '../../base/clock.js';
import type { ReplayStore } from '../replay-store.js';
import type { RunStep } from './steps.js';

/** More than one, so that a store which is never swept shrinks again. */
const droppedPerCall = 2;

export interface MemoryReplays {
  readonly port: ReplayStore;
  sweep(now: EpochSeconds): void;
}

export function createReplays(run: RunStep): MemoryReplays {
  const expiries = new Map<string, EpochSeconds>();

  /** Looks at the oldest entries only: those that came first expire first, give or take the clocks of who made them. */
  function dropExpired(now: EpochSeconds, most: number): void {
    let looked = 0;
    for (const [key, expiresAt] of expiries) {
      if (looked >= most) return;
      looked += 1;
      if (expiresAt <= now) expiries.delete(key);
    }
  }

  return {
    port: {
      remember: (key, expiresAt, now) =>
        run(() => {
          dropExpired(now, droppedPerCall);
          if ((expiries.get(key) ?? now) > now) return false;
          expiries.delete(key);
          expiries.set(key, expiresAt);
          return true;
        }),
    },
    sweep: (now) => {
      dropExpired(now, expiries.size);
    },
  };
}
