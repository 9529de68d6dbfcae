import { firstPage, pageAfter, placeOfCursor, startOfFeed } from '../feed-place.js';
import type { RevocationStore } from '../revocations.js';
import { WakeUps } from '../wake-ups.js';
import type { Feed } from './feed.js';
import { type FindEnded, LeftBehind } from './left-behind.js';

/** How often a watched feed is read. Polling works with every client and topology, and needs no connection that blocks. */
const pollEveryMilliseconds = 40;

/** `close` ends the watching. */
export function createRevocations(
  feed: Feed,
  findEnded: FindEnded,
): { readonly port: RevocationStore; close(): void } {
  const wakeUps = new WakeUps();
  const leftBehind = new LeftBehind(feed, findEnded);
  let timer: NodeJS.Timeout | null = null;
  feed.onPublished = () => {
    wakeUps.wake();
  };

  function stopPolling(): void {
    clearInterval(timer ?? undefined);
    timer = null;
  }

  const port: RevocationStore = {
    append: (entries) => feed.publish(entries),

    async read(after, limit) {
      const place = (after === null ? null : placeOfCursor(after)) ?? startOfFeed;
      const { rows, newest, announcements } = await feed.read(place.position, limit + 1);
      leftBehind.see(announcements, performance.now());
      const isCursor = after !== null && placeOfCursor(after) !== null;
      const continued = isCursor ? pageAfter(place, rows, newest, limit) : null;
      if (continued !== null) return continued;
      const oldest = place.position === startOfFeed.position ? rows : (await feed.read('0', limit + 1)).rows;
      return firstPage(oldest, limit);
    },

    trim: (before, limit) => feed.trim(before, limit),

    watch(wake) {
      const unwatch = wakeUps.add(wake);
      timer ??= setInterval(() => {
        wakeUps.wake();
      }, pollEveryMilliseconds).unref();
      return () => {
        unwatch();
        if (!wakeUps.isWatched) stopPolling();
      };
    },
  };
  return {
    port,
    close() {
      wakeUps.close();
      stopPolling();
    },
  };
}
