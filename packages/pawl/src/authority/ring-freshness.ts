import type { EpochSeconds } from '../base/clock.js';
import { PawlError } from '../errors.js';
import type { KeyRing } from '../keys/index.js';

/** A node that has not read the ring for this long may lack a key that another node already uses. */
export const ringStaleSeconds = 5;

/** Whether the ring in memory may lack keys of the shared one. */
export function isRingStale(ring: KeyRing, now: EpochSeconds): boolean {
  return Math.abs(now - ring.loadedAt()) > ringStaleSeconds;
}

/** @throws PawlError `store_unavailable` when the ring is stale */
export function requireFreshRing(ring: KeyRing, now: EpochSeconds): void {
  if (isRingStale(ring, now)) {
    throw new PawlError(
      'store_unavailable',
      `the key ring was not read for more than ${String(ringStaleSeconds)} seconds`,
    );
  }
}
