import type { PawlEvent } from 'pawl';
import type { PromiseId } from '../promises.js';
import type { Stage } from '../stage.js';

/** What becomes of the honest people. `false logout`: somebody is logged out while nothing was stolen. */
export type UserFate = 'stays in' | 'logs in again' | 'logs out' | 'false logout';

export type ThiefFate = 'never in' | 'still in' | { readonly atMostSeconds: number };

/** What one scenario has to show in one mode. It is checked to the letter: a limit that has gone is a wrong table too. */
export interface Expectation {
  readonly promise: PromiseId | 'limit';
  readonly user: UserFate;
  readonly thief?: ThiefFate;
  /** An event that has to be raised. Where none is named and nothing was stolen, no alarm may be raised. */
  readonly alarm?: PawlEvent['type'];
  /** The text that the scenario has to measure. */
  readonly measure?: string;
  /** A sentence under the table: what is not prevented here, and why. */
  readonly note?: string;
}

/** One row of the table. */
export interface Scenario {
  /** For the command line. */
  readonly name: string;
  /** For the table: at most 60 characters. */
  readonly title: string;
  /** What the row answers. */
  readonly question: string;
  /** By the name of the mode. A baseline has no entry, because it promises nothing. */
  readonly expected: Readonly<Record<string, Expectation>>;
  play(stage: Stage): Promise<void>;
}

export const minute = 60;
export const hour: number = 60 * minute;
export const day: number = 24 * hour;
