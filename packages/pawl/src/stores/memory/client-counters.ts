import type { EpochSeconds } from '../../base/clock.js';
import { nextClientCounter } from '../session-family.js';

interface ClientCounter {
  readonly counter: number;
  readonly changedAt: EpochSeconds;
}

/** The counters of subjects and clients. */
export class ClientCounters {
  readonly #counters = new Map<string, ClientCounter>();

  of(subject: string, clientId: string): number {
    return this.#counters.get(keyOf(subject, clientId))?.counter ?? 0;
  }

  raise(subject: string, clientId: string, now: EpochSeconds): number {
    const counter = nextClientCounter(this.of(subject, clientId), now);
    this.#counters.set(keyOf(subject, clientId), { counter, changedAt: now });
    return counter;
  }

  sweep(cutoff: EpochSeconds): void {
    for (const [key, { changedAt }] of this.#counters) {
      if (changedAt <= cutoff) this.#counters.delete(key);
    }
  }
}

function keyOf(subject: string, clientId: string): string {
  return JSON.stringify([subject, clientId]);
}
