import type { EpochSeconds } from '../base/clock.js';
import type { Revocation } from '../stores/revocations.js';
import {
  createRevocationIndex,
  type RevocationIndex,
  type RevocationIndexOptions,
} from './revocation-index.js';
import type { RevocableToken, RevocationNews, Revocations } from './revocations.js';

/** Revocations, whatever feed they come from, with what a follower of the feed writes into them. */
export class WritableRevocations implements Revocations {
  readonly index: RevocationIndex;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(news: RevocationNews) => void>();
  readonly #firstSnapshot: Promise<void>;
  #becomeReady: () => void = () => undefined;
  #stop: () => Promise<void> = () => Promise.resolve();
  #completeAt: EpochSeconds = Number.NEGATIVE_INFINITY;

  constructor(options: RevocationIndexOptions, onError: (error: unknown) => void) {
    this.index = createRevocationIndex(options);
    this.#onError = onError;
    this.#firstSnapshot = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
  }

  /** @param stop - what `close` has to end */
  endedBy(stop: () => Promise<void>): this {
    this.#stop = stop;
    return this;
  }

  add(revocations: readonly Revocation[], cursor: string, until: EpochSeconds): void {
    for (const revocation of revocations) this.index.add(revocation, until);
    if (revocations.length === 0) return;
    for (const listener of this.#listeners) this.#tell(listener, { revocations, cursor });
  }

  /** Everything that was in the feed at this instant is known. An instant before the latest one changes nothing. */
  completeAt(at: EpochSeconds, now: EpochSeconds): void {
    this.index.expire(now);
    this.#completeAt = Math.max(this.#completeAt, at);
    this.#becomeReady();
  }

  isRevoked(token: RevocableToken): boolean {
    return this.index.isRevoked(token);
  }

  stalenessSeconds(now: EpochSeconds): number {
    return now < this.index.incompleteUntil ? Number.POSITIVE_INFINITY : Math.max(0, now - this.#completeAt);
  }

  subscribe(listener: (news: RevocationNews) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  ready(): Promise<void> {
    return this.#firstSnapshot;
  }

  close(): Promise<void> {
    return this.#stop();
  }

  /** A listener that fails keeps nobody else from hearing. */
  #tell(listener: (news: RevocationNews) => void, news: RevocationNews): void {
    try {
      listener(news);
    } catch (error) {
      this.#onError(error);
    }
  }
}
