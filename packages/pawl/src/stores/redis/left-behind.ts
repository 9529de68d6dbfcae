import type { EpochSeconds } from '../../base/clock.js';
import type { RevocationEntry } from '../revocations.js';
import { type Announcement, type Feed, readAnnouncement } from './feed.js';

/** An announced step is looked after by others when it has been seen for this long: longer than a step takes. */
const firstLookMilliseconds = 3000;

/**
 * A step of which nothing is found is forgotten when it has been seen for this long. Until then it may still be carried out: a server that was
 * frozen works off what waited for it.
 */
const forgetMilliseconds = 600_000;

interface Sighting {
  readonly firstAt: number;
  nextLookAt: number;
}

/** What became of a step: what it ended, or null when there is no trace of it. */
export type FindEnded = (announcement: {
  readonly aim: ReturnType<typeof readAnnouncement>['aim'];
  readonly now: EpochSeconds;
}) => Promise<readonly RevocationEntry[] | null>;

/**
 * Finishes the steps of processes that stopped between the end of a session and its publication. Times are this process's own, from when it
 * saw an announcement first: no clock is compared with another.
 */
export class LeftBehind {
  readonly #feed: Feed;
  readonly #find: FindEnded;
  #sightings = new Map<Announcement, Sighting>();
  #looking: Promise<void> | null = null;

  constructor(feed: Feed, find: FindEnded) {
    this.#feed = feed;
    this.#find = find;
  }

  /** @param announcements - all that stand now */
  see(announcements: readonly Announcement[], at: number): void {
    const before = this.#sightings;
    this.#sightings = new Map(
      announcements.map((announcement) => [
        announcement,
        before.get(announcement) ?? { firstAt: at, nextLookAt: at + firstLookMilliseconds },
      ]),
    );
    const due = [...this.#sightings].filter(([, { nextLookAt }]) => nextLookAt <= at);
    if (due.length === 0) return;
    this.#looking ??= this.#lookAfter(due, at).finally(() => {
      this.#looking = null;
    });
  }

  async #lookAfter(due: readonly [Announcement, Sighting][], at: number): Promise<void> {
    for (const [announcement, sighting] of due) {
      // Rarer and rarer, so that an outage with many failed steps does not become work for minutes.
      sighting.nextLookAt = at + (at - sighting.firstAt);
      try {
        const ended = await this.#find(readAnnouncement(announcement));
        const isOver = at - sighting.firstAt >= forgetMilliseconds;
        if (ended !== null || isOver) await this.#feed.publish(ended ?? [], announcement);
      } catch {
        // Its server does not answer, and is asked again.
      }
    }
  }
}
