import type { EpochSeconds } from 'pawl';
import { PawlError } from 'pawl/errors';
import type { DocumentStore } from 'pawl/stores';
import { z } from 'zod';
import { collection } from './collection.js';

/** An entry that a subscriber did not take. */
export interface DeadLetter {
  readonly cursor: string;
  /** Of the event. */
  readonly at: EpochSeconds;
  /** JSON of the event. */
  readonly body: string;
  readonly gaveUpAt: EpochSeconds;
  readonly failure: string;
}

/** The dead letters of one subscriber, oldest first. */
export interface DeadLetters {
  readonly version: number;
  readonly letters: readonly DeadLetter[];
  /** Letters that were pushed out by newer ones. */
  readonly dropped: number;
}

/** The longest list, in letters and, because a document has a limit, in characters. */
export const maxDeadLetters = 100;
const maxCharacters = 120_000;

const schema: z.ZodType<Omit<DeadLetters, 'version'>> = z.strictObject({
  letters: z.array(
    z.strictObject({
      cursor: z.string(),
      at: z.number(),
      body: z.string(),
      gaveUpAt: z.number(),
      failure: z.string(),
    }),
  ),
  dropped: z.number(),
});

const keyOf = (subscriberId: string): string => `dead:${subscriberId}`;

/** @throws PawlError `store_unavailable`, `store_incompatible` */
export async function readDeadLetters(documents: DocumentStore, subscriberId: string): Promise<DeadLetters> {
  const document = await documents.read(collection, keyOf(subscriberId));
  if (document === null) return { version: 0, letters: [], dropped: 0 };
  try {
    return { version: document.version, ...schema.parse(JSON.parse(document.value)) };
  } catch {
    throw new PawlError('store_incompatible', `the dead letters of ${subscriberId} are malformed`);
  }
}

/** Adds one; a letter that is there already is replaced. @throws PawlError `store_unavailable`, `store_incompatible` */
export function addDeadLetter(
  documents: DocumentStore,
  subscriberId: string,
  letter: DeadLetter,
): Promise<void> {
  return change(documents, subscriberId, (before) => {
    const others = before.letters.filter(({ cursor }) => cursor !== letter.cursor);
    return bounded({ letters: [...others, letter], dropped: before.dropped });
  });
}

/** Takes one away. @throws PawlError `store_unavailable`, `store_incompatible` */
export function removeDeadLetter(
  documents: DocumentStore,
  subscriberId: string,
  cursor: string,
): Promise<void> {
  return change(documents, subscriberId, ({ letters, dropped }) => ({
    letters: letters.filter((letter) => letter.cursor !== cursor),
    dropped,
  }));
}

type Content = Omit<DeadLetters, 'version'>;

async function change(
  documents: DocumentStore,
  subscriberId: string,
  changed: (before: Content) => Content,
): Promise<void> {
  for (;;) {
    const { version, ...before } = await readDeadLetters(documents, subscriberId);
    const value = JSON.stringify(changed(before));
    if (await documents.write(collection, keyOf(subscriberId), version, value)) return;
  }
}

function bounded({ letters, dropped }: Content): Content {
  let kept = letters;
  while (kept.length > 1 && (kept.length > maxDeadLetters || JSON.stringify(kept).length > maxCharacters)) {
    kept = kept.slice(1);
  }
  return { letters: kept, dropped: dropped + letters.length - kept.length };
}
