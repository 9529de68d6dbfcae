import type { DatabaseKind } from '../databases.js';

/** One row: a server that answers `ok` to whoever may ask. */
export interface Guard {
  readonly name: string;
  /** What `servers/guard` is told at its start. */
  readonly variant: string;
  readonly database: DatabaseKind | null;
  readonly note: string;
}

/** The row that others refer to: the same handler and nobody who asks. */
export const open = 'no authentication';

export const guards: readonly Guard[] = [
  {
    name: open,
    variant: 'open',
    database: null,
    note: 'node:http, a fixed answer to requests with an access token',
  },
  {
    ...{ name: 'pawl/verifier', variant: 'verifier', database: null },
    note: 'tokens seen before; expiry and revocation looked at on every request',
  },
  {
    ...{ name: 'fast-jwt', variant: 'fast-jwt', database: null },
    note: 'its cache on; expiry looked at, revocation not',
  },
  {
    ...{ name: 'pawl session, cached', variant: 'session', database: 'redis' },
    note: "mode: 'session' on Redis, kept in memory while the revocation feed is heard",
  },
  {
    ...{ name: 'pawl session, looked up', variant: 'session-without-feed', database: 'redis' },
    note: 'the same when the feed is not heard: every request asks Redis',
  },
  {
    ...{ name: 'express-session', variant: 'express-session', database: 'redis' },
    note: 'Express 5, express-session and connect-redis with the client redis',
  },
  {
    ...{ name: 'one GET of Redis', variant: 'redis-get', database: 'redis' },
    note: 'node:http, one GET by ioredis',
  },
];
