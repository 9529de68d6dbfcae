import type { Clock, EpochSeconds } from '../base/clock.js';

/** A clock that stands still until it is told otherwise. */
export interface FakeClock extends Clock {
  /** Moves by `seconds`; negative for a clock that is set back. */
  advance(seconds: number): void;
  set(at: EpochSeconds): void;
}

/** Creates a clock that shows `startAt`. */
export function createFakeClock(startAt: EpochSeconds): FakeClock {
  let at = startAt;
  return {
    now: () => at,
    advance(seconds: number): void {
      at += seconds;
    },
    set(next: EpochSeconds): void {
      at = next;
    },
  };
}
