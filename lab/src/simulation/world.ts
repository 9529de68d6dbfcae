import type { Clock, EpochSeconds } from 'pawl';

/** A script is one line of action; it passes simulated time only by `world.sleep`. */
export type Script = () => Promise<void>;

interface Sleeper {
  readonly wakesAt: EpochSeconds;
  wake(): void;
}

/** 2026-01-05, a Monday, 09:00 UTC: the stories speak of evenings and mornings. */
const startsAt: EpochSeconds = 1_767_603_600;

/**
 * Simulated time. The clock stands still while any script runs, however long that takes on the machine, and then jumps to
 * the next script that wants to be woken: a month passes in milliseconds, and the same scripts always meet in the same order.
 */
export class World {
  #now: EpochSeconds = startsAt;
  #running = 0;
  #quiet: (() => void) | null = null;
  readonly #sleepers: Sleeper[] = [];

  readonly clock: Clock = { now: () => this.#now };

  now(): EpochSeconds {
    return this.#now;
  }

  /** Seconds since the story began. */
  elapsedSeconds(): number {
    return this.#now - startsAt;
  }

  async sleep(seconds: number): Promise<void> {
    const woken = new Promise<void>((wake) => {
      this.#add({ wakesAt: this.#now + Math.max(0, seconds), wake });
    });
    this.#rest();
    await woken;
  }

  /** Sleeps until this many seconds after the story began; not at all when that has passed. */
  async sleepUntil(elapsedSeconds: number): Promise<void> {
    await this.sleep(elapsedSeconds - this.elapsedSeconds());
  }

  /** Runs scripts side by side, and goes on when all of them have ended. */
  async all(scripts: readonly Script[]): Promise<void> {
    if (scripts.length === 0) return;
    let unfinished = scripts.length;
    const runs = scripts.map(async (script) => {
      this.#running += 1;
      try {
        await script();
      } finally {
        unfinished -= 1;
        // The last one hands its turn to the caller, so that nobody is woken in between.
        if (unfinished > 0) this.#rest();
      }
    });
    this.#rest();
    for (const result of await Promise.allSettled(runs)) {
      if (result.status === 'rejected') throw result.reason;
    }
  }

  /** Plays one script to its end, and moves the clock whenever everybody sleeps. */
  async play(script: Script): Promise<void> {
    this.#running += 1;
    const progress = { ended: false };
    const story = script().finally(() => {
      progress.ended = true;
      this.#rest();
    });
    for (;;) {
      await this.#untilQuiet();
      if (progress.ended) break;
      const next = this.#sleepers.shift();
      if (next === undefined) throw new Error('everybody waits and nobody sleeps: the story has no end');
      this.#now = Math.max(this.#now, next.wakesAt);
      this.#running += 1;
      next.wake();
    }
    await story;
  }

  #add(sleeper: Sleeper): void {
    const later = this.#sleepers.findIndex((other) => other.wakesAt > sleeper.wakesAt);
    this.#sleepers.splice(later === -1 ? this.#sleepers.length : later, 0, sleeper);
  }

  #rest(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#quiet?.();
  }

  async #untilQuiet(): Promise<void> {
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#quiet = resolve;
    });
    this.#quiet = null;
  }
}
