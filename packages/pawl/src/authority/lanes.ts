import type { Session } from '../rotation/index.js';

/** What a call to the store found or did. `session` is the record after it; null when there is none. */
export interface Found {
  readonly done: boolean;
  readonly session: Session | null;
}

interface Waiting {
  readonly call: () => Promise<Found>;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One call to the store about a session at a time, from this node. Those that wait when a call is sent are answered with the record that it reads, as
 * if they had come to the store just behind it, without having done anything. So any number of refreshes of one session together take a
 * few calls: a flood on one account holds up nobody else.
 */
export class Lanes {
  /** Those that wait behind a call that is under way, by session. */
  readonly #waiting = new Map<string, Waiting[]>();

  /**
   * Runs the call, or resolves to what another one has read in its place (`done` false).
   *
   * @throws what the call that was sent is rejected with
   */
  run(sessionId: string, call: () => Promise<Found>): Promise<Found> {
    const waiting = this.#waiting.get(sessionId);
    if (waiting === undefined) {
      this.#waiting.set(sessionId, []);
      return this.#send(sessionId, call, []);
    }
    return new Promise((resolve, reject) => {
      waiting.push({ call, resolve, reject });
    });
  }

  /** @param riders - waited already when this call was sent, so that what it reads is no older than their request */
  async #send(sessionId: string, call: () => Promise<Found>, riders: readonly Waiting[]): Promise<Found> {
    try {
      const found = await call();
      for (const rider of riders) rider.resolve({ done: false, session: found.session });
      return found;
    } catch (error) {
      for (const rider of riders) rider.reject(error);
      throw error;
    } finally {
      this.#sendNext(sessionId);
    }
  }

  #sendNext(sessionId: string): void {
    const [next, ...riders] = this.#waiting.get(sessionId) ?? [];
    if (next === undefined) {
      this.#waiting.delete(sessionId);
      return;
    }
    this.#waiting.set(sessionId, []);
    this.#send(sessionId, next.call, riders).then(next.resolve, next.reject);
  }
}
