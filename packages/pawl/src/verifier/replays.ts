import type { EpochSeconds } from '../base/clock.js';

/** Proofs that were shown once; `store.replays` of a Pawl store is one, for verifiers that share it. */
export interface ReplayMemory {
  /**
   * Notes that `key` was shown. Resolves to true for exactly one of any number of calls until `expiresAt`, and to false for the others. A
   * rejection means that nothing is known: the request is answered with 503.
   */
  remember(key: string, expiresAt: EpochSeconds, now: EpochSeconds): Promise<boolean>;
}

/** More than one, so that the memory shrinks again. */
const droppedPerCall = 2;

/**
 * Remembers proofs in this process. At the bound the oldest is forgotten before its time: only who holds a good token with its key can fill it.
 *
 * @param maxEntries - at least 1
 */
export function createReplayMemory(maxEntries: number): ReplayMemory {
  const expiries = new Map<string, EpochSeconds>();
  return {
    async remember(key, expiresAt, now) {
      if ((expiries.get(key) ?? now) > now) return false;
      let looked = 0;
      for (const [oldest, until] of expiries) {
        if (looked >= droppedPerCall) break;
        looked += 1;
        if (until <= now || expiries.size >= maxEntries) expiries.delete(oldest);
      }
      expiries.delete(key);
      expiries.set(key, expiresAt);
      return true;
    },
  };
}
