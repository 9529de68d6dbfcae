import type { Expectation } from './scenario.js';

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
