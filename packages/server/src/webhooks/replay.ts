import type { EpochSeconds } from 'pawl';
import type { DocumentStore, EventLog, Store } from 'pawl/stores';
import { readDeadLetters, removeDeadLetter } from './dead-letters.js';
import { messageOf } from './message.js';
import { firstProgress, type Progress, readProgress, startingAfter, writeProgress } from './progress.js';
import { send } from './send.js';
import type { Subscriber } from './subscriber.js';

const pageSize = 1000;

/** What became of the dead letters. */
export interface Resent {
  readonly delivered: number;
  readonly left: number;
  /** Of the last letter that was not taken. */
  readonly failure: string | null;
}

/**
 * Sends the dead letters again, oldest first, and takes those away that arrive. Ends at the first that nobody answers.
 *
 * @throws PawlError `store_unavailable`, `store_incompatible`
 */
export async function resendDeadLetters(
  documents: DocumentStore,
  subscriber: Subscriber,
  now: () => EpochSeconds,
): Promise<Resent> {
  const { letters } = await readDeadLetters(documents, subscriber.id);
  const never = new AbortController().signal;
  let delivered = 0;
  let failure: string | null = null;
  for (const letter of letters) {
    const attempt = await send(subscriber, messageOf(subscriber.id, letter), now(), never);
    if (attempt?.taken === true) {
      await removeDeadLetter(documents, subscriber.id, letter.cursor);
      delivered += 1;
      continue;
    }
    failure = attempt?.failure ?? failure;
    if (attempt?.answered !== true) break;
  }
  return { delivered, left: letters.length - delivered, failure };
}

/**
 * Has the events since an instant delivered again by whichever server delivers.
 *
 * @throws PawlError `store_unavailable`, `store_incompatible`
 */
export async function goBack(store: Store, subscriberId: string, from: EpochSeconds): Promise<void> {
  const cursor = await lastBefore(store.events, from);
  await change(store, subscriberId, () => startingAfter(cursor));
}

/** Ends the wait for the next attempt. @throws PawlError `store_unavailable`, `store_incompatible` */
export function tryAtOnce(store: Store, subscriberId: string): Promise<void> {
  return change(store, subscriberId, (progress) => ({ ...progress, nextAttemptAt: 0 }));
}

/** The cursor of the last entry that is older; null when none is. */
async function lastBefore(events: EventLog, from: EpochSeconds): Promise<string | null> {
  let cursor: string | null = null;
  for (;;) {
    const page = await events.read({ after: cursor, limit: pageSize });
    for (const entry of page) {
      if (entry.at >= from) return cursor;
      cursor = entry.cursor;
    }
    if (page.length < pageSize) return cursor;
  }
}

async function change(
  { documents, events }: Store,
  subscriberId: string,
  changed: (before: Progress) => Progress,
): Promise<void> {
  for (;;) {
    const { version, progress } =
      (await readProgress(documents, subscriberId)) ?? (await firstProgress(events));
    if (await writeProgress(documents, subscriberId, { version, progress: changed(progress) })) return;
  }
}
