import type { JsonWebKey } from 'node:crypto';
import type { BodyFormat, Expectation } from '../candidates.js';

/** A server and the sessions that the load generator holds on it. */
export interface Target {
  readonly name: string;
  /** Of its processes; connections are spread over them. */
  readonly ports: readonly number[];
  readonly path: string;
  readonly format: BodyFormat;
  readonly expects: Expectation;
  readonly refreshTokens: readonly string[];
  readonly publicKey: JsonWebKey;
}

/** What became of sessions whose fresh token was presented several times at once. */
export interface AtOnceCounts {
  readonly sessions: number;
  readonly presented: number;
  /** Presentations that were answered with tokens. */
  readonly answered: number;
  /** Refresh tokens that came back, each counted once. */
  readonly distinctTokens: number;
  /** Sessions in which the refresh token of the last answer with tokens works afterwards. */
  readonly newestAlive: number;
  /** Sessions in which no refresh token that came back works afterwards. */
  readonly loggedOut: number;
}

export type LoadOrder =
  | { readonly type: 'target'; readonly target: Target }
  | { readonly type: 'run'; readonly name: string; readonly seconds: number }
  /** Presents one retired token. */
  | { readonly type: 'reuse'; readonly name: string }
  | {
      readonly type: 'at-once';
      readonly name: string;
      readonly presentations: number;
      /** Time from one presentation to the next. */
      readonly gapMilliseconds: number;
      readonly firstSession: number;
      readonly sessions: number;
    };

export type LoadReport =
  | { readonly type: 'done' }
  | {
      readonly type: 'ran';
      readonly requests: number;
      readonly seconds: number;
      readonly cpuMicroseconds: number;
    }
  /** `refused`: with status 400 and `invalid_grant`. */
  | { readonly type: 'reused'; readonly refused: boolean; readonly answer: string }
  | { readonly type: 'presented'; readonly counts: AtOnceCounts }
  | { readonly type: 'failed'; readonly reason: string };
