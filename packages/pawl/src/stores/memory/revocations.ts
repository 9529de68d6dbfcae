import { systemRandom } from '../../base/random.js';
import { type FeedRow, firstPage, pageAfter, placeOfCursor } from '../feed-place.js';
import type { RevocationEntry, RevocationStore } from '../revocations.js';
import { WakeUps } from '../wake-ups.js';
import type { RunStep } from './steps.js';

export interface MemoryRevocations {
  readonly port: RevocationStore;
  /** Appends as a part of a step that runs. */
  append(entry: RevocationEntry): void;
  close(): void;
}

export function createRevocations(run: RunStep): MemoryRevocations {
  const wakeUps = new WakeUps();
  const rows: FeedRow[] = [];
  let position = 0;

  function append(entry: RevocationEntry): void {
    position += 1;
    const previous = rows.at(-1)?.mark ?? '';
    rows.push({ position: String(position), mark: markOf(), previous, entry });
    // The step resolves first, so that a watcher that reads sees what the caller sees.
    setImmediate(() => {
      wakeUps.wake();
    });
  }

  const port: RevocationStore = {
    append: (entries) =>
      run(() => {
        for (const entry of entries) append(entry);
      }),

    read: (after, limit) =>
      run(() => {
        const place = after === null ? null : placeOfCursor(after);
        const behind =
          place === null ? rows : rows.filter((row) => Number(row.position) > Number(place.position));
        const continued = place === null ? null : pageAfter(place, behind, rows.at(-1) ?? null, limit);
        return continued ?? firstPage(rows, limit);
      }),

    trim: (before, limit) =>
      run(() => {
        const oldest = rows.slice(0, Math.min(limit, rows.length - 1));
        const firstKept = oldest.findIndex(({ entry }) => entry.at > before);
        return rows.splice(0, firstKept === -1 ? oldest.length : firstKept).length;
      }),

    watch: (wake) => wakeUps.add(wake),
  };

  return {
    port,
    append,
    close: () => {
      wakeUps.close();
    },
  };
}

function markOf(): string {
  return systemRandom.bytes(9).toString('base64url');
}
