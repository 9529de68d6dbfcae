/** Longest time between two calls of a watcher. */
const wakeEveryMilliseconds = 1000;

/** Who watches a feed on one connection. */
export class WakeUps {
  readonly #watchers = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  add(wake: () => void): () => void {
    if (this.#isClosed) return () => undefined;
    // A function of its own, so that one that is given twice is stopped once for each.
    const watcher = () => {
      wake();
    };
    this.#watchers.add(watcher);
    this.#timer ??= setInterval(() => {
      this.wake();
    }, wakeEveryMilliseconds).unref();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#stopTimer();
    };
  }

  wake(): void {
    for (const watcher of this.#watchers) watcher();
  }

  close(): void {
    this.#isClosed = true;
    this.#watchers.clear();
    this.#stopTimer();
  }

  #stopTimer(): void {
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
  }
}
