import type { JsonWebKey } from 'node:crypto';
import type { DatabaseAddress } from '../databases.js';

/** How a candidate is started. */
export interface Start {
  readonly variant: string;
  readonly sessions: number;
  /** The issuer of a process that runs already on the same store; null for the first, whose own address it is. */
  readonly issuer: string | null;
  /** An empty folder for files. */
  readonly folder: string;
  /** The candidate's own database server; null when it needs none. */
  readonly database: DatabaseAddress | null;
}

/** What the parent tells a server process. */
export type ServerOrder =
  | ({ readonly type: 'start' } & Start)
  | { readonly type: 'usage' }
  | { readonly type: 'stop' };

/** What a server process answers. */
export type ServerReport =
  | {
      readonly type: 'ready';
      readonly port: number;
      readonly origin: string;
      /** One per session. */
      readonly refreshTokens: readonly string[];
      readonly publicKey: JsonWebKey;
    }
  | { readonly type: 'usage'; readonly cpuMicroseconds: number; readonly residentBytes: number };
