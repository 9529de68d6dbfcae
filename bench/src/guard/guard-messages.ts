import type { ServerOrder } from '../servers/messages.js';

export type GuardOrder = ServerOrder;

/** What a server process of a guard answers. */
export type GuardReport =
  | {
      readonly type: 'ready';
      readonly port: number;
      /** One line each, of as many callers as there are sessions. */
      readonly headers: readonly string[];
    }
  | { readonly type: 'usage'; readonly cpuMicroseconds: number; readonly residentBytes: number };

export type GuardLoadOrder =
  | {
      readonly type: 'target';
      readonly name: string;
      readonly port: number;
      readonly headers: readonly string[];
    }
  | { readonly type: 'run'; readonly name: string; readonly seconds: number };

export type GuardLoadReport =
  | { readonly type: 'done' }
  | { readonly type: 'ran'; readonly requests: number; readonly seconds: number }
  | { readonly type: 'failed'; readonly reason: string };
