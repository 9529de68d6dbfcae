import { systemClock } from 'pawl';
import { newSessions, rotate, type StoredSession, storedSession } from '../stored-session.js';
import type { BenchStore } from '../size/bench-store.js';

const groupSize = 1000;
const groupsPerLook = 50;
const sampleSize = 65_536;

/** A store with many sessions, some of which are remembered to be rotated. */
export class FilledStore {
  readonly opened: BenchStore;
  readonly #stride: number;
  readonly #random: () => number;
  readonly #sample: StoredSession[] = [];
  count = 0;

  /** @param most - how many sessions it will hold: what is remembered is spread over them */
  constructor(opened: BenchStore, most: number, random: () => number) {
    this.opened = opened;
    this.#stride = Math.ceil(most / sampleSize);
    this.#random = random;
  }

  /** Adds sessions until there are `goal`, or until they take more than `maxBytes`. */
  async fill(goal: number, maxBytes: number): Promise<void> {
    for (let group = 1; this.count < goal; group++) {
      const count = Math.min(groupSize, goal - this.count);
      const added = newSessions(this.count, count, systemClock.now());
      await this.opened.fill(added);
      const remembered = added.filter((_, index) => (this.count + index) % this.#stride === 0);
      this.#sample.push(...remembered.map(storedSession));
      this.count += count;
      if (group % groupsPerLook === 0 && (await this.opened.bytes()) > maxBytes) return;
    }
  }

  /** Rotates `count` of the remembered sessions at once, spread over all of them. */
  async rotateSome(count: number): Promise<void> {
    const sample = this.#sample;
    const step = Math.floor(sample.length / count);
    const start = Math.floor(this.#random() * sample.length);
    const some = Array.from({ length: count }, (_, index) => sample[(start + index * step) % sample.length]);
    await rotate(
      this.opened.store.sessions,
      some.filter((session) => session !== undefined),
      systemClock.now(),
    );
  }
}
