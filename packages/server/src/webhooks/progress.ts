import type { EpochSeconds } from 'pawl';
import { PawlError } from 'pawl/errors';
import type { DocumentStore, EventLog } from 'pawl/stores';
import { z } from 'zod';
import { collection } from './collection.js';
import { retries, retryDelaySeconds } from './retry.js';
import type { Attempt } from './send.js';

/** How far one subscriber has got in the event log. */
export interface Progress {
  /** The last entry that was delivered, given up or not asked for; null: none. */
  readonly cursor: string | null;
  /** Attempts at the entry behind the cursor. */
  readonly attempts: number;
  /** Attempts in a row that failed, whatever the entry. */
  readonly failures: number;
  /** 0: at once. */
  readonly nextAttemptAt: EpochSeconds;
  readonly lastFailure: string | null;
  readonly lastDeliveryAt: EpochSeconds | null;
}

const schema: z.ZodType<Progress> = z.strictObject({
  cursor: z.string().nullable(),
  attempts: z.number(),
  failures: z.number(),
  nextAttemptAt: z.number(),
  lastFailure: z.string().nullable(),
  lastDeliveryAt: z.number().nullable(),
});

export interface StoredProgress {
  /** 0: not stored yet. */
  readonly version: number;
  readonly progress: Progress;
}

const keyOf = (subscriberId: string): string => `progress:${subscriberId}`;

/** The stored progress; null when the subscriber is new. @throws PawlError `store_unavailable`, `store_incompatible` */
export async function readProgress(
  documents: DocumentStore,
  subscriberId: string,
): Promise<StoredProgress | null> {
  const document = await documents.read(collection, keyOf(subscriberId));
  if (document === null) return null;
  try {
    return { version: document.version, progress: schema.parse(JSON.parse(document.value)) };
  } catch {
    throw new PawlError('store_incompatible', `the progress of the webhook ${subscriberId} is malformed`);
  }
}

/** Resolves to false when somebody else has written since. @throws PawlError `store_unavailable` */
export function writeProgress(
  documents: DocumentStore,
  subscriberId: string,
  { version, progress }: StoredProgress,
): Promise<boolean> {
  return documents.write(collection, keyOf(subscriberId), version, JSON.stringify(progress));
}

/** Where a new subscriber begins: with what happens from now on. */
export async function firstProgress(events: EventLog): Promise<StoredProgress> {
  const [newest] = await events.tail(1);
  return { version: 0, progress: startingAfter(newest?.cursor ?? null) };
}

/** With the first attempt at once. */
export function startingAfter(cursor: string | null): Progress {
  return {
    cursor,
    attempts: 0,
    failures: 0,
    nextAttemptAt: 0,
    lastFailure: null,
    lastDeliveryAt: null,
  };
}

export function afterDelivery(cursor: string, now: EpochSeconds): Progress {
  return { ...startingAfter(cursor), lastDeliveryAt: now };
}

/**
 * What a failed attempt does: the entry is tried again, or given up and the next one tried at once. The delays go on growing over given-up
 * entries until one is delivered, so that a receiver that is away for days loses one entry in two days and not all of them.
 */
export function afterFailure(
  before: Progress,
  cursor: string,
  failed: Extract<Attempt, { taken: false }>,
  now: EpochSeconds,
  random: number,
): { readonly progress: Progress; readonly gaveUp: boolean } {
  const attempts = before.attempts + 1;
  const failures = before.failures + 1;
  const gaveUp = attempts >= (failed.refused ? retries.maxRefusedAttempts : retries.maxAttempts);
  const state = { ...before, failures, lastFailure: failed.failure };
  return gaveUp
    ? { gaveUp, progress: { ...state, cursor, attempts: 0, nextAttemptAt: 0 } }
    : {
        gaveUp,
        progress: {
          ...state,
          attempts,
          nextAttemptAt: now + retryDelaySeconds(failures, failed.retryAfterSeconds, random),
        },
      };
}
