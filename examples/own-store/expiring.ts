/**
 * What is kept for minutes: proofs that were shown, and ephemeral values.
 *
 * In a database: a table with an index by end for the sweep, or keys that expire. An expiry of the database alone is not enough: `now` is the
 * argument, so each read compares the end as well.
 */
import { checkedEphemera, type EphemeraStore, type ReplayStore } from 'pawl/stores';
import type { Step } from './step.js';

interface Entry<Value> {
  readonly value: Value;
  readonly expiresAt: number;
}

/** A map that answers with nothing that has expired. */
class ExpiringMap<Value> {
  readonly #entries = new Map<string, Entry<Value>>();

  get(key: string, now: number): Entry<Value> | null {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expiresAt > now ? entry : null;
  }

  set(key: string, entry: Entry<Value>): void {
    this.#entries.set(key, entry);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  sweep(now: number): void {
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt <= now) this.#entries.delete(key);
  }
}

export interface Replays {
  readonly port: ReplayStore;
  sweep(now: number): void;
}

export function createReplays(step: Step): Replays {
  const shown = new ExpiringMap<true>();
  const remember: ReplayStore['remember'] = step((key, expiresAt, now) => {
    if (shown.get(key, now) !== null) return false;
    shown.set(key, { value: true, expiresAt });
    return true;
  });
  return {
    port: { remember },
    sweep: (now) => {
      shown.sweep(now);
    },
  };
}

export interface Ephemera {
  readonly port: EphemeraStore;
  sweep(now: number): void;
}

export function createEphemera(step: Step): Ephemera {
  const values = new ExpiringMap<string>();
  const port = checkedEphemera({
    put: step((key, value, expiresAt, now) => {
      if (values.get(key, now) !== null) return false;
      values.set(key, { value, expiresAt });
      return true;
    }),

    read: step((key, now) => values.get(key, now)?.value ?? null),

    take: step((key, now) => {
      const entry = values.get(key, now);
      values.delete(key);
      return entry?.value ?? null;
    }),

    swap: step((key, expected, value, now) => {
      const entry = values.get(key, now);
      if (entry?.value !== expected) return false;
      values.set(key, { value, expiresAt: entry.expiresAt });
      return true;
    }),
  });
  return {
    port,
    sweep: (now) => {
      values.sweep(now);
    },
  };
}
