import { type Clock, systemClock } from '../base/clock.js';
import { PawlError } from '../errors.js';
import type { RevocationPage, RevocationStore } from '../stores/revocations.js';
import type { StoreRevocations } from './revocations.js';
import { WritableRevocations } from './writable-revocations.js';

/** Entries of one read. */
const pageEntries = 1000;

/** How a feed is followed. */
export interface FollowStoreOptions {
  /** For how long a revocation is kept: the longest lifetime of an access token, plus what clocks differ by and verifiers forgive. */
  readonly retentionSeconds: number;
  /** Bound on the revocations held; see `RevocationIndexOptions`. */
  readonly maxEntries?: number;
  /** Where a failure goes: the first of each outage of the store, and errors of listeners. Default: nowhere. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
}

/**
 * Follows the feed of a store that this process has open. Starts at once; failures are repeated with every wake-up of the store.
 *
 * Does NOT close the store.
 *
 * @throws PawlError `option_invalid`
 */
export function followStore(source: RevocationStore, options: FollowStoreOptions): StoreRevocations {
  const { retentionSeconds, maxEntries, onError = () => undefined, clock = systemClock } = options;
  if (!(retentionSeconds > 0)) {
    throw new PawlError(
      'option_invalid',
      `option "retentionSeconds" is ${String(retentionSeconds)}; it must be a number above 0`,
    );
  }
  const revocations = new WritableRevocations(maxEntries === undefined ? {} : { maxEntries }, onError);
  let cursor: string | null = null;
  let reading: Promise<void> | null = null;
  let isAwaited = false;
  let isFailing = false;
  const stopping = new AbortController();

  async function readOn(): Promise<void> {
    let page: RevocationPage;
    let startedAt: number;
    do {
      // Complete is what was known when the question left, not when its answer came.
      startedAt = clock.now();
      page = await source.read(cursor, pageEntries);
      cursor = page.cursor;
      revocations.add(page.entries, page.cursor, clock.now() + retentionSeconds);
    } while (page.hasMore && !stopping.signal.aborted);
    if (!page.hasMore) revocations.completeAt(startedAt, clock.now());
  }

  async function read(): Promise<void> {
    while (isAwaited && !stopping.signal.aborted) {
      isAwaited = false;
      try {
        await readOn();
        isFailing = false;
      } catch (error) {
        if (!isFailing) onError(error);
        isFailing = true;
      }
    }
    reading = null;
  }

  function wake(): void {
    isAwaited = true;
    reading ??= read();
  }

  const unwatch = source.watch(wake);
  wake();
  revocations.endedBy(async () => {
    stopping.abort();
    unwatch();
    await reading;
  });
  return Object.assign(revocations, {
    retentionSeconds,
    snapshot: () => ({ revocations: [...revocations.index.entries()], cursor: cursor ?? '' }),
  });
}
