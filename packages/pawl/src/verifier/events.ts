import type { EpochSeconds } from '../base/clock.js';
import type { RefusalReason } from '../request/refusal.js';

/** The issuer's keys are other ones than before. */
export interface KeysLoaded {
  readonly type: 'keys.loaded';
  readonly at: EpochSeconds;
  readonly keyIds: readonly string[];
}

/** The issuer's keys could not be loaded; told once for each outage. `error` names the address. */
export interface KeysUnavailable {
  readonly type: 'keys.unavailable';
  readonly at: EpochSeconds;
  readonly error: unknown;
}

/** The revocation feed is older than it should be; told once until it is fresh again. */
export interface FeedStale {
  readonly type: 'feed.stale';
  readonly at: EpochSeconds;
  readonly stalenessSeconds: number;
}

/** The revocation feed, stale before, is fresh again. */
export interface FeedFresh {
  readonly type: 'feed.fresh';
  readonly at: EpochSeconds;
}

/** Requests were refused. Told at most once in ten seconds for each reason; requests without a token do not count. */
export interface TokensRefused {
  readonly type: 'tokens.refused';
  readonly at: EpochSeconds;
  readonly reason: RefusalReason;
  /** Refused for this reason since it was told last. */
  readonly count: number;
}

export type VerifierEvent = KeysLoaded | KeysUnavailable | FeedStale | FeedFresh | TokensRefused;

const refusedReportSeconds = 10;

/** Tells what happens, so that nobody who sends bad tokens can flood a log. */
export class Reporter {
  readonly #tell: (event: VerifierEvent) => void;
  readonly #refused = new Map<RefusalReason, { toldAt: EpochSeconds; count: number }>();
  #isStale = false;

  constructor(onEvent: (event: VerifierEvent) => void, onError: (error: unknown) => void) {
    this.#tell = (event) => {
      try {
        onEvent(event);
      } catch (error) {
        onError(error);
      }
    };
  }

  keysLoaded(keyIds: readonly string[], at: EpochSeconds): void {
    this.#tell({ type: 'keys.loaded', at, keyIds });
  }

  keysUnavailable(error: unknown, at: EpochSeconds): void {
    this.#tell({ type: 'keys.unavailable', at, error });
  }

  staleness(isStale: boolean, stalenessSeconds: number, at: EpochSeconds): void {
    if (isStale === this.#isStale) return;
    this.#isStale = isStale;
    this.#tell(isStale ? { type: 'feed.stale', at, stalenessSeconds } : { type: 'feed.fresh', at });
  }

  refused(reason: RefusalReason, at: EpochSeconds): void {
    const told = this.#refused.get(reason) ?? { toldAt: Number.NEGATIVE_INFINITY, count: 0 };
    this.#refused.set(reason, told);
    told.count += 1;
    if (at - told.toldAt < refusedReportSeconds) return;
    this.#tell({ type: 'tokens.refused', at, reason, count: told.count });
    told.toldAt = at;
    told.count = 0;
  }
}
