import type { EpochSeconds } from 'pawl';
import { type AttemptCounter, type AttemptLimit, createAttemptCounter } from './attempt-counter.js';
import { networkOf } from './caller-network.js';
import { setNewest } from './set-newest.js';
import type { Place } from './waiting-groups.js';

/** One user from one address: somebody who mistypes, or who tries passwords. */
export const pairLimit: AttemptLimit = {
  free: 5,
  firstDelaySeconds: 1,
  maxDelaySeconds: 60,
  forgetSeconds: 600,
};

/** One address, whatever the user: one password tried on many users. Wide, because an office shares an address. */
export const addressLimit: AttemptLimit = {
  free: 50,
  firstDelaySeconds: 1,
  maxDelaySeconds: 60,
  forgetSeconds: 60,
};

/** One user from all addresses: a botnet. High and short, because it also delays an owner at a new address. */
export const accountLimit: AttemptLimit = {
  free: 100,
  firstDelaySeconds: 1,
  maxDelaySeconds: 5,
  forgetSeconds: 36,
};

/** Logins of one user from one address: a test suite logs in once a second, and a hundred times at once. */
export const pairLoginLimit: AttemptLimit = {
  free: 120,
  firstDelaySeconds: 1,
  maxDelaySeconds: 5,
  forgetSeconds: 1,
};

/** Logins of one user from all addresses. Four times the rate of a pair, so that one address does not use it up. */
export const accountLoginLimit: AttemptLimit = {
  free: 300,
  firstDelaySeconds: 1,
  maxDelaySeconds: 5,
  forgetSeconds: 0.25,
};

export type Admission =
  | {
      readonly admitted: true;
      /**
       * To be called when the password was right. Returns how many seconds the login has to wait because of those before it; 0 when it may be
       * granted, and is counted.
       */
      succeed(now: EpochSeconds): number;
    }
  | { readonly admitted: false; readonly retryAfterSeconds: number };

/**
 * Slows down the guessing of passwords without locking the owner out.
 *
 * Three counters of failures are kept: for the pair of user and address, for the address, and for the user. The first
 * failures of each are free, then each one doubles the delay before the next attempt, up to a cap. Failures are forgotten over time.
 * A success resets the pair and counts as no failure. An address from which the user has logged in before is held to the
 * pair alone: neither a neighbour nor a botnet delays an owner at home. A refused attempt changes nothing, so
 * that trying during the delay does not extend it.
 *
 * An admitted attempt counts as a failure until it has succeeded: attempts at the same time get no more guesses than
 * attempts one after the other.
 *
 * Logins are counted too, for the pair and for the user. Where the user is known, too many are held back before the password is
 * checked; elsewhere only a right password is told to wait, so that nobody learns from the answer who has an account.
 *
 * State is in memory and per process: a restart forgets it, and n processes admit n times the guesses.
 */
export interface Throttle {
  /** Seconds that an attempt would have to wait; changes nothing. */
  delaySeconds(account: string, address: string | null, now: EpochSeconds): number;
  admit(account: string, address: string | null, now: EpochSeconds): Admission;
  /** Where an attempt waits for its turn. A user at a known address waits behind neither strangers nor neighbours. */
  placeOf(account: string, address: string | null): Place;
}

/** Pairs that have logged in, newest kept. */
const maxKnownPairs = 100_000;

type Counted = readonly (readonly [AttemptCounter, string])[];

function longestDelay(counted: Counted, now: EpochSeconds): number {
  return Math.max(...counted.map(([counter, key]) => counter.delaySeconds(key, now)));
}

export function createThrottle(): Throttle {
  const pairs = createAttemptCounter(pairLimit);
  const addresses = createAttemptCounter(addressLimit);
  const accounts = createAttemptCounter(accountLimit);
  const loginsOfPairs = createAttemptCounter(pairLoginLimit);
  const loginsOfAccounts = createAttemptCounter(accountLoginLimit);
  const known = new Map<string, true>();

  /** The counters of failures that an attempt falls under, with its key in each. */
  function countersOf(account: string, network: string): Counted {
    const pair = `${account} ${network}`;
    if (known.has(pair)) return [[pairs, pair]];
    return [
      [pairs, pair],
      [addresses, network],
      [accounts, account],
    ];
  }

  function loginsOf(account: string, network: string): Counted {
    return [
      [loginsOfPairs, `${account} ${network}`],
      [loginsOfAccounts, account],
    ];
  }

  function delaySeconds(account: string, address: string | null, now: EpochSeconds): number {
    const network = networkOf(address);
    const failures = longestDelay(countersOf(account, network), now);
    const isKnown = known.has(`${account} ${network}`);
    return isKnown ? Math.max(failures, longestDelay(loginsOf(account, network), now)) : failures;
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
          setNewest(known, pair, true, maxKnownPairs);
          const logins = loginsOf(account, network);
          const delay = longestDelay(logins, succeededAt);
          if (delay === 0) for (const [counter, key] of logins) counter.add(key, succeededAt);
          return Math.ceil(delay);
        },
      };
    },
    placeOf(account, address) {
      const network = networkOf(address);
      const pair = `${account} ${network}`;
      return known.has(pair)
        ? { account: `${account} where known`, network: `of ${pair}` }
        : { account, network };
    },
  };
}
