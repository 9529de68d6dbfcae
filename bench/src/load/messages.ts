import type { JsonWebKey } from 'node:crypto';
import type { BodyFormat, Expectation } from '../candidates.js';

/** A server and the sessions that the load generator holds on it. */
export interface Target {
  readonly name: string;
  readonly port: number;
  readonly path: string;
  readonly format: BodyFormat;
  readonly expects: Expectation;
  readonly refreshTokens: readonly string[];
  readonly publicKey: JsonWebKey;
}

export type LoadOrder =
  | { readonly type: 'target'; readonly target: Target }
  | { readonly type: 'run'; readonly name: string; readonly seconds: number }
  /** Presents one retired token, which must be refused. */
  | { readonly type: 'reuse'; readonly name: string };

export type LoadReport =
  | { readonly type: 'done' }
  | {
      readonly type: 'ran';
      readonly requests: number;
      readonly seconds: number;
      readonly cpuMicroseconds: number;
    }
  | { readonly type: 'failed'; readonly reason: string };
