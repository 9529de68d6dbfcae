import { BoundedMap } from '../base/bounded-map.js';
import type { EpochSeconds } from '../base/clock.js';

/** Wrong secrets of one client from one address that are answered as such in a minute. */
const freeFailures = 20;
const periodSeconds = 60;

/** At the bound the oldest is forgotten. */
const maxKeys = 10_000;

/** Wrong client secrets, counted by who sends them. */
export interface SecretFailures {
  /** Counts one. Resolves to the seconds that the caller is told to wait, and to null while it is told nothing. */
  add(key: string): number | null;
  forget(key: string): void;
}

/** Counts in this process, in bounded memory. */
export function createSecretFailures(now: () => EpochSeconds): SecretFailures {
  const counts = new BoundedMap<string, { readonly count: number; readonly since: EpochSeconds }>(maxKeys);
  return {
    add(key) {
      const at = now();
      const known = counts.get(key);
      // A clock that was set back begins a new period.
      const goesOn = known !== undefined && at >= known.since && at - known.since < periodSeconds;
      const { count, since } = goesOn
        ? { count: known.count + 1, since: known.since }
        : { count: 1, since: at };
      counts.set(key, { count, since });
      return count > freeFailures ? Math.max(1, Math.ceil(since + periodSeconds - at)) : null;
    },
    forget(key) {
      counts.delete(key);
    },
  };
}
