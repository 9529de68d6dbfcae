import type { EpochSeconds } from 'pawl';

const units = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

// Each takes some 10 ms to make, and most commands show no page.
let relative: Intl.RelativeTimeFormat | undefined;
let absolute: Intl.DateTimeFormat | undefined;

/** `3 minutes ago`, `in 2 weeks`: a page without script does not know the reader's time zone. */
export function relativeTime(at: EpochSeconds, now: EpochSeconds): string {
  const seconds = at - now;
  const unit = units.find(([, length]) => Math.abs(seconds) >= length);
  if (unit === undefined) return seconds > 0 ? 'in less than a minute' : 'just now';
  const [name, length] = unit;
  relative ??= new Intl.RelativeTimeFormat('en', { numeric: 'always' });
  return relative.format(Math.round(seconds / length), name);
}

/** `25 Nov 2026, 20:14 UTC`. */
export function absoluteTime(at: EpochSeconds): string {
  absolute ??= new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  return `${absolute.format(at * 1000)} UTC`;
}

/** For the attribute `datetime`. */
export function machineTime(at: EpochSeconds): string {
  return new Date(at * 1000).toISOString();
}
