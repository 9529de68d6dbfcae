import type { EpochSeconds } from 'pawl';

/** How many failures are free, and what the next ones cost. */
export interface FailureLimit {
  readonly freeFailures: number;
  readonly firstDelaySeconds: number;
  readonly maxDelaySeconds: number;
  /** One failure is forgotten after each of these. */
  readonly forgetSeconds: number;
}

interface Level {
  readonly failures: number;
  readonly at: EpochSeconds;
}

/** Failures by key, in bounded memory. */
export interface FailureCounter {
  /** Seconds until the next attempt under this key may be made; 0 when it may be made now. */
  delaySeconds(key: string, now: EpochSeconds): number;
  add(key: string, now: EpochSeconds): void;
  /** Takes one failure back, and the delay that it brought. */
  undo(key: string, now: EpochSeconds): void;
  forget(key: string): void;
}

/** At the bound the key that failed longest ago is dropped: to push one out, an attacker needs this many hashes. */
const maxKeys = 100_000;

export function createFailureCounter(limit: FailureLimit): FailureCounter {
  const levels = new Map<string, Level>();

  function failuresOf(key: string, now: EpochSeconds): number {
    const level = levels.get(key);
    if (level === undefined) return 0;
    return Math.max(0, level.failures - Math.max(0, now - level.at) / limit.forgetSeconds);
  }

  function delayAfter(failures: number): number {
    // Rounded, because a little of each failure is forgotten before the next one comes.
    const excess = Math.round(failures) - limit.freeFailures;
    if (excess < 0) return 0;
    return Math.min(limit.maxDelaySeconds, limit.firstDelaySeconds * 2 ** Math.min(excess, 30));
  }

  return {
    delaySeconds(key, now) {
      const level = levels.get(key);
      if (level === undefined) return 0;
      // A clock that was set back must not make the delay longer than it can be.
      return Math.max(0, delayAfter(level.failures) - Math.max(0, now - level.at));
    },
    add(key, now) {
      const failures = failuresOf(key, now) + 1;
      levels.delete(key);
      levels.set(key, { failures, at: now });
      if (levels.size > maxKeys) levels.delete(levels.keys().next().value ?? key);
    },
    undo(key, now) {
      const failures = failuresOf(key, now) - 1;
      const level = levels.get(key);
      if (failures <= 0) levels.delete(key);
      else if (level !== undefined) levels.set(key, { failures, at: now - delayAfter(failures) });
    },
    forget: (key) => void levels.delete(key),
  };
}
