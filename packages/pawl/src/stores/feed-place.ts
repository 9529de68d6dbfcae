import type { RevocationEntry, RevocationPage } from './revocations.js';

// A feed that went back (a failover, a restored backup) gives the same positions again. So each entry has a random mark and names the mark of
// the entry before it: a reader goes on only where the next entry names the mark that the reader saw last.

/** A place in the feed: behind the entry with this position and mark. */
export interface FeedPlace {
  readonly position: string;
  readonly mark: string;
}

/** An entry as a store keeps it. */
export interface FeedRow extends FeedPlace {
  /** Mark of the entry before, empty for the first of all. */
  readonly previous: string;
  readonly entry: RevocationEntry;
}

/** Where a feed begins that has no entry. */
export const startOfFeed: FeedPlace = { position: '0', mark: '' };

const cursorFormat = /^(?:(?<position>\d{1,18}(?:-\d{1,18})?)\.(?<mark>[A-Za-z0-9_-]{1,32})|0\.)$/;

/**
 * The place that a cursor names.
 *
 * @returns null for a text that is no cursor
 */
export function placeOfCursor(cursor: string): FeedPlace | null {
  const found = cursorFormat.exec(cursor);
  if (found === null) return null;
  const { position, mark } = found.groups ?? {};
  return position === undefined || mark === undefined ? startOfFeed : { position, mark };
}

/** The page from the oldest entry on. */
export function firstPage(rows: readonly FeedRow[], limit: number): RevocationPage {
  return pageOf(rows, limit, startOfFeed, false);
}

/**
 * The page behind a place; null when the feed does not go on from there.
 *
 * @param rows - the oldest behind the place, one more than `limit` when there are so many
 * @param newest - the newest of all, null when there is none
 */
export function pageAfter(
  place: FeedPlace,
  rows: readonly FeedRow[],
  newest: FeedPlace | null,
  limit: number,
): RevocationPage | null {
  const [first] = rows;
  const { position, mark } =
    first === undefined ? (newest ?? startOfFeed) : { ...place, mark: first.previous };
  return position === place.position && mark === place.mark ? pageOf(rows, limit, place, true) : null;
}

function pageOf(
  rows: readonly FeedRow[],
  limit: number,
  from: FeedPlace,
  isContinued: boolean,
): RevocationPage {
  const given = rows.slice(0, limit);
  const { position, mark } = given.at(-1) ?? from;
  return {
    entries: given.map(({ entry }) => entry),
    cursor: `${position}.${mark}`,
    hasMore: rows.length > limit,
    isContinued,
  };
}
