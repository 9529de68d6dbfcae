import type { EpochSeconds } from 'pawl';
import { networkOf } from './caller-network.js';
import { createFailureCounter, type FailureCounter, type FailureLimit } from './failure-counter.js';

/** One user from one address: somebody who mistypes, or who tries passwords. */
export const pairLimit: FailureLimit = {
  freeFailures: 5,
  firstDelaySeconds: 1,
  maxDelaySeconds: 60,
  forgetSeconds: 600,
};

/** One address, whatever the user: one password tried on many users. Wide, because an office shares an address. */
export const addressLimit: FailureLimit = {
  freeFailures: 50,
  firstDelaySeconds: 1,
  maxDelaySeconds: 60,
  forgetSeconds: 60,
};

/** One user from all addresses: a botnet. High and short, because it also delays an owner at a new address. */
export const accountLimit: FailureLimit = {
  freeFailures: 100,
  firstDelaySeconds: 1,
  maxDelaySeconds: 5,
  forgetSeconds: 36,
};

export type Admission =
  | {
      readonly admitted: true /** To be called when the password was right. */;
      succeed(now: EpochSeconds): void;
    }
  | { readonly admitted: false; readonly retryAfterSeconds: number };

/**
 * Slows down the guessing of passwords without locking the owner out.
 *
 * Three counters of failures are kept: for the pair of user and address, for the address, and for the user. The first
 * failures of each are free, then each one doubles the delay before the next attempt, up to a cap. Failures are forgotten over time.
 * A success resets the pair and is never counted. An address from which the user has logged in before is held to the
 * pair alone: neither a neighbour nor a botnet delays an owner at home. A refused attempt changes nothing, so
 * that trying during the delay does not extend it.
 *
 * An admitted attempt counts as a failure until it has succeeded: attempts at the same time get no more guesses than
 * attempts one after the other.
 *
 * State is in memory and per process: a restart forgets it, and n processes admit n times the guesses.
 */
export interface Throttle {
  /** Seconds that an attempt would have to wait; changes nothing. */
  delaySeconds(account: string, address: string | null, now: EpochSeconds): number;
  admit(account: string, address: string | null, now: EpochSeconds): Admission;
}

/** Pairs that have logged in, newest kept. */
const maxKnownPairs = 100_000;

export function createThrottle(): Throttle {
  const pairs = createFailureCounter(pairLimit);
  const addresses = createFailureCounter(addressLimit);
  const accounts = createFailureCounter(accountLimit);
  const known = new Set<string>();

  /** The counters that an attempt falls under, with its key in each. */
  function countersOf(account: string, network: string): readonly (readonly [FailureCounter, string])[] {
    const pair = `${account} ${network}`;
    if (known.has(pair)) return [[pairs, pair]];
    return [
      [pairs, pair],
      [addresses, network],
      [accounts, account],
    ];
  }

  function remember(pair: string): void {
    known.delete(pair);
    known.add(pair);
    if (known.size > maxKnownPairs) known.delete(known.values().next().value ?? pair);
  }

  function delaySeconds(account: string, address: string | null, now: EpochSeconds): number {
    const counters = countersOf(account, networkOf(address));
    return Math.max(...counters.map(([counter, key]) => counter.delaySeconds(key, now)));
  }

  return {
    delaySeconds,
    admit(account, address, now) {
      const delay = delaySeconds(account, address, now);
      if (delay > 0) return { admitted: false, retryAfterSeconds: Math.ceil(delay) };
      const network = networkOf(address);
      const counters = countersOf(account, network);
      for (const [counter, key] of counters) counter.add(key, now);
      return {
        admitted: true,
        succeed(succeededAt) {
          for (const [counter, key] of counters) counter.undo(key, succeededAt);
          const pair = `${account} ${network}`;
          pairs.forget(pair);
          remember(pair);
        },
      };
    },
  };
}
