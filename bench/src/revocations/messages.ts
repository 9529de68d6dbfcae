import type { DatabaseAddress, DatabaseKind } from '../databases.js';

/** How verifiers hear of revocations. */
export interface Transport {
  readonly name: string;
  readonly database: DatabaseKind;
  /** Over HTTP from the authority's process, instead of from the store. */
  readonly overHttp: boolean;
}

export type RevokerOrder =
  | { readonly type: 'start'; readonly transport: Transport; readonly database: DatabaseAddress }
  /** Logs sessions in. */
  | { readonly type: 'prepare'; readonly sessions: number }
  /** Revokes the prepared sessions, one after another at this rate. */
  | { readonly type: 'revoke'; readonly perSecond: number }
  | { readonly type: 'stop' };

export type RevokerReport =
  | { readonly type: 'started'; readonly origin: string }
  | { readonly type: 'prepared'; readonly sessionIds: readonly string[] }
  /** When each call began, milliseconds of the machine's clock. */
  | { readonly type: 'revoked'; readonly begunAt: readonly number[] }
  | { readonly type: 'stopped' };

export type FollowerOrder =
  | {
      readonly type: 'follow';
      readonly transport: Transport;
      readonly database: DatabaseAddress;
      readonly origin: string;
      readonly followers: number;
    }
  | { readonly type: 'expect'; readonly sessionIds: readonly string[] }
  /** Waits until every follower refuses every expected session. */
  | { readonly type: 'collect' }
  | { readonly type: 'stop' };

export type FollowerReport =
  | { readonly type: 'done' }
  /** For each follower, when it began to refuse each expected session. */
  | { readonly type: 'heard'; readonly heardAt: readonly (readonly number[])[] }
  | { readonly type: 'stopped' };

/** Milliseconds of the machine's clock, with fractions: the same in every process. */
export function machineMilliseconds(): number {
  return performance.timeOrigin + performance.now();
}

/** What registered subscribers of the feed over HTTP know. */
export const subscriber = { clientId: 'bench', clientSecret: 'a secret of the bench, on loopback' } as const;
