/**
 * The feed of revocations.
 *
 * In a database: a table with the position as its primary key. Positions have to be in the order in which readers see them, which numbers that
 * are drawn before a commit are not. The entry of an end is written in the transaction of the end.
 */
import { randomBytes } from 'node:crypto';
import {
  type FeedRow,
  firstPage,
  pageAfter,
  placeOfCursor,
  type RevocationEntry,
  type RevocationStore,
  WakeUps,
} from 'pawl/stores';
import type { Step } from './step.js';

export interface Feed {
  readonly port: RevocationStore;
  /** Appends inside a step that runs. */
  publish(entry: RevocationEntry): void;
  close(): void;
}

export function createFeed(step: Step): Feed {
  const wakeUps = new WakeUps();
  const rows: FeedRow[] = [];
  let position = 0;

  function publish(entry: RevocationEntry): void {
    const previous = rows.at(-1)?.mark ?? '';
    position += 1;
    rows.push({ position: String(position), mark: randomBytes(9).toString('base64url'), previous, entry });
    // After the step: a watcher reads at once, and must find the whole of it.
    queueMicrotask(() => {
      wakeUps.wake();
    });
  }

  const port: RevocationStore = {
    append: step((entries) => {
      entries.forEach(publish);
    }),

    read: step((after, limit) => {
      const place = after === null ? null : placeOfCursor(after);
      const first = () => firstPage(rows.slice(0, limit + 1), limit);
      if (place === null) return first();
      const behind = rows.filter((row) => Number(row.position) > Number(place.position));
      return pageAfter(place, behind.slice(0, limit + 1), rows.at(-1) ?? null, limit) ?? first();
    }),

    trim: step((before, limit) => {
      // The newest stays: without it a reader could not tell that the feed goes on.
      const spare = rows.slice(0, -1);
      const kept = spare.findIndex(({ entry }) => entry.at > before);
      return rows.splice(0, Math.min(limit, kept === -1 ? spare.length : kept)).length;
    }),

    watch: (wake) => wakeUps.add(wake),
  };

  return {
    port,
    publish,
    close: () => {
      wakeUps.close();
    },
  };
}
