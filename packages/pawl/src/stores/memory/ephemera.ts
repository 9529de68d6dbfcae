import type { EpochSeconds } from '../../base/clock.js';
import { checkedEphemera, type EphemeraStore } from '../ephemera.js';
import type { RunStep } from './steps.js';

/** More than one, so that a store which is never swept shrinks again. */
const droppedPerCall = 2;

interface Ephemeral {
  readonly value: string;
  readonly expiresAt: EpochSeconds;
}

export interface MemoryEphemera {
  readonly port: EphemeraStore;
  sweep(now: EpochSeconds): void;
}

export function createEphemera(run: RunStep): MemoryEphemera {
  const values = new Map<string, Ephemeral>();

  function find(key: string, now: EpochSeconds): Ephemeral | null {
    const found = values.get(key);
    return found === undefined || found.expiresAt <= now ? null : found;
  }

  function dropExpired(now: EpochSeconds, most: number): void {
    let looked = 0;
    for (const [key, { expiresAt }] of values) {
      if (looked >= most) return;
      looked += 1;
      if (expiresAt <= now) values.delete(key);
    }
  }

  const port = checkedEphemera({
    put: (key, value, expiresAt, now) =>
      run(() => {
        dropExpired(now, droppedPerCall);
        if (find(key, now) !== null) return false;
        values.delete(key);
        values.set(key, { value, expiresAt });
        return true;
      }),

    read: (key, now) => run(() => find(key, now)?.value ?? null),

    take: (key, now) =>
      run(() => {
        const found = find(key, now);
        values.delete(key);
        return found?.value ?? null;
      }),

    swap: (key, expected, value, now) =>
      run(() => {
        const found = find(key, now);
        if (found?.value !== expected) return false;
        values.set(key, { value, expiresAt: found.expiresAt });
        return true;
      }),
  });

  return {
    port,
    sweep: (now) => {
      dropExpired(now, values.size);
    },
  };
}
