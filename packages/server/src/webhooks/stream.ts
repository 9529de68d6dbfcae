import type { Clock } from 'pawl';
import type { LoggedEntry, Store } from 'pawl/stores';
import type { Logger } from '../logs/logger.js';
import { addDeadLetter } from './dead-letters.js';
import { messageOf, typeOf } from './message.js';
import {
  afterDelivery,
  afterFailure,
  firstProgress,
  type Progress,
  readProgress,
  type StoredProgress,
  writeProgress,
} from './progress.js';
import { type Attempt, send } from './send.js';
import type { Subscriber } from './subscriber.js';

/** What delivering needs besides the subscriber. */
export interface StreamOptions {
  readonly store: Pick<Store, 'documents' | 'events'>;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Whether this server may deliver, asked before each attempt. */
  readonly mayDeliver: () => boolean;
  /** Cuts an attempt off. */
  readonly stopped: AbortSignal;
}

/** When the log has nothing more, it is asked again after this. */
export const pollSeconds = 1;

const pageSize = 200;

/**
 * One step of delivering the event log to one subscriber, in order, each entry at least once: a page of the log, up to the first entry
 * that is not taken. Everything that has to outlive this process is in the store when it resolves.
 *
 * @returns seconds until there may be something to do; 0 for at once
 * @throws PawlError `store_unavailable`, `store_incompatible`
 */
export async function deliverPage(options: StreamOptions, subscriber: Subscriber): Promise<number> {
  const { store, clock } = options;
  let stored = (await readProgress(store.documents, subscriber.id)) ?? (await firstProgress(store.events));
  const waitSeconds = stored.progress.nextAttemptAt - clock.now();
  if (waitSeconds > 0) return waitSeconds;

  const page = await store.events.read({ after: stored.progress.cursor, limit: pageSize });
  let passed: string | null = null;
  for (const entry of page) {
    if (!subscriber.wants(typeOf(entry))) {
      passed = entry.cursor;
      continue;
    }
    const next = await deliverEntry(options, subscriber, stored.progress, entry);
    if (next === null) return pollSeconds;
    const saved = await save(options, subscriber, { version: stored.version, progress: next });
    // Somebody set the subscriber to another place, or another server delivers: what is stored counts.
    if (saved === null) return 0;
    stored = saved;
    passed = null;
    if (next.nextAttemptAt > 0) return next.nextAttemptAt - clock.now();
  }
  if (passed !== null || stored.version === 0) {
    const cursor = passed ?? stored.progress.cursor;
    await save(options, subscriber, { ...stored, progress: { ...stored.progress, cursor } });
  }
  return page.length < pageSize ? pollSeconds : 0;
}

/** Null when the write lost against another one. */
async function save(
  { store }: StreamOptions,
  { id }: Subscriber,
  next: StoredProgress,
): Promise<StoredProgress | null> {
  const written = await writeProgress(store.documents, id, next);
  return written ? { version: next.version + 1, progress: next.progress } : null;
}

/** What one attempt makes of the progress; null when it was not made or cut off. */
async function deliverEntry(
  options: StreamOptions,
  subscriber: Subscriber,
  before: Progress,
  entry: LoggedEntry,
): Promise<Progress | null> {
  const { store, clock, random, mayDeliver, stopped, logger } = options;
  if (!mayDeliver() || stopped.aborted) return null;
  const message = messageOf(subscriber.id, entry);
  const attempt = await send(subscriber, message, clock.now(), stopped);
  if (attempt === null) return null;
  const now = clock.now();
  if (attempt.taken) {
    if (before.failures > 0) logger.info(`the webhook ${subscriber.id} takes events again`);
    return afterDelivery(entry.cursor, now);
  }
  const { progress, gaveUp } = afterFailure(before, entry.cursor, attempt, now, random());
  if (gaveUp) {
    const { cursor, at, body } = entry;
    const letter = { cursor, at, body, gaveUpAt: now, failure: attempt.failure };
    await addDeadLetter(store.documents, subscriber.id, letter);
  }
  tell(logger, subscriber, message.type, attempt, gaveUp ? null : progress.nextAttemptAt - now);
  return progress;
}

function tell(
  logger: StreamOptions['logger'],
  { id, place }: Subscriber,
  type: string,
  { failure }: Extract<Attempt, { taken: false }>,
  waitSeconds: number | null,
): void {
  const then =
    waitSeconds === null
      ? 'it is given up; "webhooks replay" sends it again'
      : `next attempt in ${Math.ceil(waitSeconds)} s`;
  logger.warn(
    { webhook: id, event: type, failure },
    `the webhook ${id} at ${place} did not take ${type} (${failure}): ${then}`,
  );
}
