import type { Mode } from './mode.js';
import { createPawlMode } from './pawl.js';
import { sessionMode } from './session.js';
import { statelessMode } from './stateless.js';

/** The columns of the table, from left to right. */
export const modes: readonly Mode[] = [
  statelessMode,
  createPawlMode({
    name: 'strict',
    summary: 'every refresh rotates, any second use is reuse',
    policy: 'strict',
    bound: false,
  }),
  createPawlMode({
    name: 'balanced',
    summary: 'a window of 10 s in which the previous token is a retry',
    policy: 'balanced',
    bound: false,
  }),
  createPawlMode({
    name: 'resilient',
    summary: 'balanced, and a lost answer may be retried at any age',
    policy: 'resilient',
    bound: false,
  }),
  createPawlMode({
    name: 'bound',
    summary: 'balanced, and the session belongs to a key that never leaves the device',
    policy: 'balanced',
    bound: true,
  }),
  sessionMode,
];
