import type { EpochSeconds } from '../base/clock.js';

/** Without a call in between, an outage ends this long after its last unanswered one. */
export const outageSilenceSeconds = 60;

/** Outages that are remembered of one session, or of the whole store. Beyond it the oldest goes. */
const maxOutages = 16;

/** A time in which calls were sent to the store and not answered. */
export interface Outage {
  /** When the first of them began. */
  readonly from: EpochSeconds;
  /** When the last of them began. */
  readonly lastFailureAt: EpochSeconds;
  /** When the store answered again; null while it does not. */
  readonly answeredAt: EpochSeconds | null;
}

/** Outages in the order in which they began. */
export type Outages = readonly Outage[];

/** No outage is known. */
export const noOutages: Outages = [];

/** What is known after a call that was sent at `sentAt` was not answered. Failures may be told in another order than the calls were sent in. */
export function afterFailure(known: Outages, sentAt: EpochSeconds): Outages {
  const open = known.find((outage) => isOpen(outage, sentAt));
  const failing = {
    from: Math.min(open?.from ?? sentAt, sentAt),
    lastFailureAt: Math.max(open?.lastFailureAt ?? sentAt, sentAt),
    answeredAt: null,
  };
  const others = known.filter((outage) => outage !== open);
  return [...others, failing].sort(byBegin).slice(-maxOutages);
}

/** What is known after the store has answered. */
export function afterAnswer(known: Outages, now: EpochSeconds): Outages {
  const open = known.find((outage) => isOpen(outage, now));
  if (open === undefined) return known;
  return known.map((outage) => (outage === open ? { ...open, answeredAt: now } : outage));
}

/** What is left of it when no window reaches back further than `seconds`. */
export function withinLast(seconds: number, known: Outages, now: EpochSeconds): Outages {
  const left = known.filter((outage) => now - endOfOutage(outage, now) < seconds);
  return left.length === known.length ? known : left;
}

/**
 * How long the window of one session is: `baseSeconds`, and with outages that begin inside it `baseSeconds` + their time + `baseSeconds`, at most
 * `maxSeconds`. Inside means on a clock that stands still during outages. A window of 0 stays 0: that policy takes no second use for a retry.
 *
 * @param rotatedAt - when the window began; null before the first rotation, and then there is none
 * @param known - overlapping outages count once
 */
export function windowOf(
  baseSeconds: number,
  rotatedAt: EpochSeconds | null,
  { known, maxSeconds }: KnownOutages,
  now: EpochSeconds,
): number {
  if (rotatedAt === null) return baseSeconds;
  let silentSeconds = 0;
  let lookedUpTo = rotatedAt;
  for (const outage of known) {
    const from = Math.max(outage.from, lookedUpTo);
    if (from - rotatedAt - silentSeconds >= baseSeconds) break;
    const until = Math.max(from, endOfOutage(outage, now));
    silentSeconds += until - from;
    lookedUpTo = until;
  }
  if (silentSeconds === 0) return baseSeconds;
  return Math.max(baseSeconds, Math.min(maxSeconds, baseSeconds + silentSeconds + baseSeconds));
}

/** What the node that decides knows of outages, and how long a window they may make. */
export interface KnownOutages {
  /** In the order in which they began. */
  readonly known: Outages;
  readonly maxSeconds: number;
}

/** Two lists as one, in the order in which the outages began. */
export function merged(left: Outages, right: Outages): Outages {
  if (right.length === 0) return left;
  if (left.length === 0) return right;
  return [...left, ...right].sort(byBegin);
}

function byBegin(one: Outage, other: Outage): number {
  return one.from - other.from;
}

/** Whether a call at `now` belongs to it. */
function isOpen({ answeredAt, lastFailureAt }: Outage, now: EpochSeconds): boolean {
  return answeredAt === null && now - lastFailureAt < outageSilenceSeconds;
}

function endOfOutage({ answeredAt, lastFailureAt }: Outage, now: EpochSeconds): EpochSeconds {
  return answeredAt ?? Math.min(now, lastFailureAt + outageSilenceSeconds);
}
