import type { Clock, EpochSeconds } from '../base/clock.js';
import type { Store } from '../stores/index.js';

/** How far a poll may set the clock back: a store whose clock jumps back would otherwise open windows again that were over. */
const maxStepBackSeconds = 1;

/**
 * The clock that sessions follow: that of the store, so that all nodes agree on windows and ends, whatever their machines say. Its difference from the
 * machine's is measured with each poll of the key ring. A store on this machine has the machine's clock.
 */
export class StoreClock implements Clock {
  readonly #machine: Clock;
  #differenceSeconds: number | null = null;

  constructor(machine: Clock) {
    this.#machine = machine;
  }

  now(): EpochSeconds {
    return this.#machine.now() + this.differenceSeconds;
  }

  /** Above 0 when the store's clock is ahead of the machine's. */
  get differenceSeconds(): number {
    return this.#differenceSeconds ?? 0;
  }

  /**
   * Asks the store for the time. The answer is taken to be from the middle of the round trip, and says nothing when it is off by no more than half of it.
   *
   * @throws PawlError `store_unavailable`
   */
  async learn(store: Store): Promise<void> {
    const sentAt = this.#machine.now();
    const time = await store.time();
    if (time === null) return;
    const halfwaySeconds = (this.#machine.now() - sentAt) / 2;
    const measured = time - (sentAt + halfwaySeconds);
    const known = this.#differenceSeconds;
    if (known === null) this.#differenceSeconds = measured;
    else if (Math.abs(measured - known) > Math.abs(halfwaySeconds)) {
      this.#differenceSeconds = Math.max(measured, known - maxStepBackSeconds);
    }
  }
}
