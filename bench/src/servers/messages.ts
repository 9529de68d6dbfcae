import type { JsonWebKey } from 'node:crypto';

/** What the parent tells a server process. */
export type ServerOrder =
  | { readonly type: 'start'; readonly variant: string; readonly sessions: number; readonly folder: string }
  | { readonly type: 'usage' }
  | { readonly type: 'stop' };

/** What a server process answers. */
export type ServerReport =
  | {
      readonly type: 'ready';
      readonly port: number;
      /** One per session. */
      readonly refreshTokens: readonly string[];
      readonly publicKey: JsonWebKey;
    }
  | { readonly type: 'usage'; readonly cpuMicroseconds: number; readonly residentBytes: number };
