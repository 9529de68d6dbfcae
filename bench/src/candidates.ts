/** How a refresh token is sent. */
export type BodyFormat = 'json' | 'form';

/** What every answer must hold: a new refresh token, or most often the one that was sent. */
export type Expectation = 'rotated' | 'kept';

/** One row of the table: a server program, how it is started and how it is asked. */
export interface Candidate {
  readonly name: string;
  /** Module beside `servers/`, without extension. */
  readonly program: string;
  /** What the program is told at its start. */
  readonly variant: string;
  readonly path: string;
  readonly format: BodyFormat;
  readonly expects: Expectation;
  /** The row that its ratios refer to: the least that the same work can cost. */
  readonly limit: string;
  readonly note: string;
}

export const oidcResource = 'https://api.example.test';

const refresh = { path: '/refresh', format: 'json', expects: 'rotated' } as const;
const token = { path: '/token', format: 'form', expects: 'rotated' } as const;

export const candidates: readonly Candidate[] = [
  {
    ...refresh,
    name: 'limit-memory',
    program: 'limit',
    variant: 'memory',
    limit: 'limit-memory',
    note: 'bare node:http, a Map',
  },
  {
    ...refresh,
    name: 'limit-sqlite',
    program: 'limit',
    variant: 'sqlite',
    limit: 'limit-sqlite',
    note: 'bare node:http, one guarded UPDATE, one synced commit per turn of the event loop',
  },
  {
    ...refresh,
    name: 'limit-sqlite-ungrouped',
    program: 'limit',
    variant: 'sqlite-ungrouped',
    limit: 'limit-sqlite',
    note: 'the same, one synced commit per request',
  },
  {
    ...refresh,
    name: 'pawl-memory',
    program: 'pawl',
    variant: 'memory strict',
    limit: 'limit-memory',
    note: 'POST /refresh, JSON, policy strict',
  },
  {
    ...refresh,
    name: 'pawl-sqlite',
    program: 'pawl',
    variant: 'sqlite strict',
    limit: 'limit-sqlite',
    note: 'POST /refresh, JSON, policy strict, synced before the answer',
  },
  {
    ...token,
    name: 'pawl-sqlite /token',
    program: 'pawl',
    variant: 'sqlite strict',
    limit: 'limit-sqlite',
    note: 'POST /token, form, policy strict, synced before the answer',
  },
  {
    ...refresh,
    name: 'pawl-sqlite kept',
    program: 'pawl',
    variant: 'sqlite balanced',
    expects: 'kept',
    limit: 'limit-sqlite',
    note: 'POST /refresh, JSON, policy balanced: the same token again within 10 s, nothing written',
  },
  {
    ...token,
    name: 'oidc-provider',
    program: 'oidc-provider',
    variant: 'map',
    limit: 'limit-memory',
    note: 'oidc-provider 9 with a Map, refresh_token grant, JWT access tokens',
  },
];
