import { type Expectation, minute } from './scenario.js';

/** Strict is the textbook, with its price. */
export const strictLogsOut: Expectation = {
  promise: 'limit',
  user: 'false logout',
  note: 'strict takes every second use for theft: tabs that refresh together, a lost answer or a crash log an honest user out',
};

/** Balanced forgives inside its window only. */
export const balancedLogsOut: Expectation = {
  promise: 'limit',
  user: 'false logout',
  note: 'balanced forgives a retry for 10 s; a later one logs the user out: choose resilient, or bind the session',
};

/** What a rotated bearer session does about a thief who refreshes first. */
export function seenWhenOwnerReturns(awaySeconds: number): Expectation {
  return {
    promise: 'P2',
    user: 'logs in again',
    thief: { atMostSeconds: awaySeconds + 5 * minute },
    alarm: 'session.reused',
    note: 'of two holders of a bearer token the first to refresh is believed: the thief is noticed when the owner comes back; only a bound session closes this hole',
  };
}

/** What a bound session does about every thief of its tokens. */
export const uselessWithoutKey: Expectation = {
  promise: 'P4',
  user: 'stays in',
  thief: 'never in',
  alarm: 'session.wrong-key',
};
