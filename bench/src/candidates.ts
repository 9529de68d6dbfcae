import type { DatabaseKind } from './databases.js';

/** How a refresh token is sent. */
export type BodyFormat = 'json' | 'form';

/** What every answer must hold: a new refresh token, or most often the one that was sent. */
export type Expectation = 'rotated' | 'kept';

/** Whether a retired token must be refused with `invalid_grant`, or what it is answered is only reported. */
export type ReuseRule = 'refused' | 'reported';

/** One row of a table: a server program, how it is started and how it is asked. */
export interface Candidate {
  readonly name: string;
  /** Module beside `servers/`, without extension. */
  readonly program: string;
  /** What the program is told at its start. */
  readonly variant: string;
  readonly path: string;
  readonly format: BodyFormat;
  readonly expects: Expectation;
  readonly reuse: ReuseRule;
  /** A database server of its own. */
  readonly database: DatabaseKind | null;
  /** Server processes on one store; requests go to them in turns. */
  readonly processes: 1 | 2;
  /** A file that must be there, and the Debian package that brings it. */
  readonly needs: { readonly file: string; readonly package: string } | null;
  /** The row that its ratios refer to: the least that the same work can cost. */
  readonly limit: string;
  readonly note: string;
}

export const benchResource = 'https://api.example.test';

const any = { reuse: 'refused', expects: 'rotated', database: null, needs: null, processes: 1 } as const;
const refresh = { ...any, path: '/refresh', format: 'json' } as const;
const token = { ...any, path: '/token', format: 'form' } as const;
const peer = { ...token, reuse: 'reported' } as const;
const limit = { ...refresh, program: 'limit' } as const;
const onMemory = { limit: 'limit-memory' } as const;
const onSqlite = { limit: 'limit-sqlite' } as const;
const onPostgres = { database: 'postgres', limit: 'limit-postgres-update' } as const;
const onRedis = { database: 'redis', limit: 'limit-redis' } as const;

const glewlwyd = {
  ...peer,
  name: 'glewlwyd',
  program: 'glewlwyd',
  variant: 'sqlite',
  path: '/api/oidc/token',
  needs: { file: '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3', package: 'glewlwyd' },
  ...onSqlite,
  note: 'a server in C, SQLite, refresh tokens of one use, JWT access tokens',
} as const;

const betterAuth = {
  ...peer,
  program: 'better-auth',
  path: '/api/auth/oauth2/token',
  ...onSqlite,
} as const;

/** What is loaded. */
export const candidates: readonly Candidate[] = [
  { ...limit, ...onMemory, name: 'limit-memory', variant: 'memory', note: 'bare node:http, a Map' },
  {
    ...{ ...limit, ...onSqlite, name: 'limit-sqlite', variant: 'sqlite' },
    note: 'bare node:http, one guarded UPDATE, one synced commit per turn of the event loop',
  },
  {
    ...{ ...limit, ...onSqlite, name: 'limit-sqlite-ungrouped', variant: 'sqlite-ungrouped' },
    note: 'the same, one synced commit per request',
  },
  {
    ...{ ...token, ...onRedis, name: 'limit-redis', program: 'limit', variant: 'redis' },
    note: 'bare node:http, one EVALSHA by ioredis',
  },
  {
    ...{ ...token, ...onPostgres, name: 'limit-postgres-update', program: 'limit' },
    variant: 'postgres-update 10',
    note: 'bare node:http, one guarded UPDATE by pg, each its own commit; 10 connections, the default of pg',
  },
  {
    ...{ ...token, ...onPostgres, name: 'limit-postgres-update 20', program: 'limit' },
    variant: 'postgres-update 20',
    note: 'the same with 20 connections',
  },
  {
    ...{ ...refresh, ...onMemory, name: 'pawl-memory', program: 'pawl', variant: 'memory strict' },
    note: 'POST /refresh, JSON, policy strict',
  },
  {
    ...{ ...refresh, ...onSqlite, name: 'pawl-sqlite', program: 'pawl', variant: 'sqlite strict' },
    note: 'POST /refresh, JSON, policy strict, synced before the answer',
  },
  {
    ...{ ...token, ...onSqlite, name: 'pawl-sqlite /token', program: 'pawl', variant: 'sqlite strict' },
    note: 'POST /token, form, policy strict, synced before the answer',
  },
  {
    ...{ ...refresh, ...onSqlite, name: 'pawl-sqlite kept', program: 'pawl', variant: 'sqlite balanced' },
    expects: 'kept',
    note: 'POST /refresh, JSON, policy balanced: the same token again within 10 s, nothing written',
  },
  {
    ...{ ...token, ...onRedis, name: 'pawl-redis ioredis', program: 'pawl' },
    variant: 'redis-ioredis strict',
    note: 'POST /token, form, policy strict, client ioredis',
  },
  {
    ...{ ...token, ...onRedis, name: 'pawl-redis redis', program: 'pawl' },
    variant: 'redis-node strict',
    note: 'the same, client redis',
  },
  {
    ...{ ...token, ...onPostgres, name: 'pawl-postgres', program: 'pawl', variant: 'postgres strict' },
    note: 'POST /token, form, policy strict, synchronous_commit on',
  },
  {
    ...{ ...peer, ...onMemory, name: 'oidc-provider', program: 'oidc-provider', variant: 'map' },
    note: 'oidc-provider 9 with a Map, refresh_token grant, JWT access tokens',
  },
  {
    ...{ ...peer, ...onRedis, name: 'oidc-provider redis', program: 'oidc-provider', variant: 'redis' },
    note: 'the same with an adapter on Redis',
  },
  {
    ...{ ...peer, ...onRedis, name: 'oauth2-server redis', program: 'oauth2-server', variant: 'redis' },
    note: '@node-oauth/oauth2-server 5 with a model on Redis, JWT access tokens by jose',
  },
  {
    ...{ ...betterAuth, name: 'better-auth', variant: '0' },
    note: 'better-auth 1.7 with its OAuth provider plugin, SQLite, JWT access tokens',
  },
  glewlwyd,
];

const pawlAtOnce = candidates
  .filter(({ program, expects }) => program === 'pawl' && expects === 'rotated')
  // The endpoint makes no difference.
  .filter(({ variant }, index, all) => all.findIndex((other) => other.variant === variant) === index)
  .map((candidate) => ({ ...candidate, variant: candidate.variant.replace('strict', 'balanced') }));

/** What one token is presented to several times at once: policies as servers have them by default. */
export const atOnceCandidates: readonly Candidate[] = [
  ...pawlAtOnce,
  ...pawlAtOnce
    .filter(({ limit }) => limit !== onMemory.limit)
    .map((candidate) => ({ ...candidate, name: `${candidate.name}, 2 processes`, processes: 2 as const })),
  ...candidates.filter(({ program }) => program !== 'pawl' && program !== 'limit'),
  {
    ...{ ...betterAuth, name: 'better-auth 10 s', variant: '10' },
    note: 'the same with refreshTokenReuseInterval 10',
  },
];
