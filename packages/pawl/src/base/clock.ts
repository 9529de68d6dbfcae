/** Seconds since 1970-01-01T00:00:00Z, with a fraction. */
export type EpochSeconds = number;

/** The only source of time at the edges; pure code receives an instant instead. */
export interface Clock {
  now(): EpochSeconds;
}

/** The clock of the machine, to the millisecond. */
export const systemClock: Clock = { now: () => Date.now() / 1000 };
