import type { EpochSeconds } from 'pawl';
import { setNewest } from './set-newest.js';

/** How many attempts are free, and what the next ones cost. */
export interface AttemptLimit {
  readonly free: number;
  readonly firstDelaySeconds: number;
  readonly maxDelaySeconds: number;
  /** One attempt is forgotten after each of these. */
  readonly forgetSeconds: number;
}

interface Level {
  readonly attempts: number;
  readonly at: EpochSeconds;
}

/** Attempts by key, in bounded memory: those that failed, or those that succeeded. */
export interface AttemptCounter {
  /** Seconds until the next attempt under this key may be made; 0 when it may be made now. */
  delaySeconds(key: string, now: EpochSeconds): number;
  add(key: string, now: EpochSeconds): void;
  /** Takes one attempt back, and the delay that it brought. */
  undo(key: string, now: EpochSeconds): void;
  forget(key: string): void;
}

/** At the bound the key that was counted longest ago is dropped: to push one out, an attacker needs this many hashes. */
const maxKeys = 100_000;

export function createAttemptCounter(limit: AttemptLimit): AttemptCounter {
  const levels = new Map<string, Level>();

  function attemptsOf(key: string, now: EpochSeconds): number {
    const level = levels.get(key);
    if (level === undefined) return 0;
    return Math.max(0, level.attempts - Math.max(0, now - level.at) / limit.forgetSeconds);
  }

  function delayAfter(attempts: number): number {
    // Rounded, because a little of each attempt is forgotten before the next one comes.
    const excess = Math.round(attempts) - limit.free;
    if (excess < 0) return 0;
    return Math.min(limit.maxDelaySeconds, limit.firstDelaySeconds * 2 ** Math.min(excess, 30));
  }

  return {
    delaySeconds(key, now) {
      const level = levels.get(key);
      if (level === undefined) return 0;
      // A clock that was set back must not make the delay longer than it can be.
      return Math.max(0, delayAfter(level.attempts) - Math.max(0, now - level.at));
    },
    add(key, now) {
      const attempts = attemptsOf(key, now) + 1;
      setNewest(levels, key, { attempts, at: now }, maxKeys);
    },
    undo(key, now) {
      const attempts = attemptsOf(key, now) - 1;
      const level = levels.get(key);
      if (attempts <= 0) levels.delete(key);
      else if (level !== undefined) levels.set(key, { attempts, at: now - delayAfter(attempts) });
    },
    forget: (key) => void levels.delete(key),
  };
}
