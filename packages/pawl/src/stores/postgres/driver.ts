/** One statement as the driver takes it. */
export interface PostgresQuery {
  /** With a name the server keeps the parsed statement for the life of the connection. */
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
  /** How a column's text becomes a value. The store asks for the text itself, so that parsers of the application change nothing. */
  readonly types?: { readonly getTypeParser: () => (text: string) => unknown };
}

/** One row, by the names of its columns. */
export type PostgresRow = Readonly<Record<string, unknown>>;

/** What `notify` of another connection sends to one that listens. */
export interface PostgresNotification {
  readonly channel: string;
  readonly payload?: string | undefined;
}

/** A connection taken from the pool. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<{ readonly rows: readonly PostgresRow[] }>;
  /** Gives the connection back; with `true` it is closed instead. */
  release(destroy?: boolean): void;
  on(event: 'error' | 'end', listener: (error: Error) => void): unknown;
  on(event: 'notification', listener: (message: PostgresNotification) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

/** The part of `pg.Pool` that the store uses. */
export interface PostgresPool {
  /** How many connections it has at most. */
  readonly options?: { readonly max?: number };
  /** How many connections it has, those that are being made included. */
  readonly totalCount?: number;
  /** How many of them it has not lent to anybody. */
  readonly idleCount?: number;
  /** How many calls of `connect` wait for one of those. */
  readonly waitingCount?: number;
  connect(): Promise<PostgresClient>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'connect', listener: (client: PostgresClient) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'connect', listener: (client: PostgresClient) => void): unknown;
}

/** Whether whoever asks the pool for a connection now gets none before others give one back. `false` where the pool does not say. */
export function isLentOut({ options, totalCount, idleCount, waitingCount }: PostgresPool): boolean {
  if (options?.max === undefined || totalCount === undefined) return false;
  if (idleCount === undefined || waitingCount === undefined) return false;
  return totalCount >= options.max && idleCount <= waitingCount;
}

/** What is known about a failure without quoting anything: the server's messages quote values, and those of drivers addresses. */
export interface Fault {
  /** The server's SQLSTATE; null when it was not the server that failed the statement. */
  readonly sqlState: string | null;
  readonly text: string;
}

const sqlStateFormat = /^[0-9A-Z]{5}$/;
const systemErrorFormat = /^[A-Z][A-Z0-9_]{2,40}$/;

export function faultOf(error: unknown): Fault {
  const { code, severity } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown;
    readonly severity?: unknown;
  };
  if (typeof code === 'string' && severity !== undefined && sqlStateFormat.test(code)) {
    return { sqlState: code, text: `SQLSTATE ${code}` };
  }
  const isSystemError = typeof code === 'string' && systemErrorFormat.test(code);
  return { sqlState: null, text: isSystemError ? code : 'the connection failed' };
}

/** The server undid the step because of others at the same time; the same step again may succeed. */
export function wasUndone({ sqlState }: Fault): boolean {
  return sqlState === '40001' || sqlState === '40P01';
}

/** Whether the connection is of no use any more: lost, told to go, or leading to a server that only reads. */
export function isConnectionSpent({ sqlState }: Fault): boolean {
  return sqlState === null || sqlState.startsWith('57P') || sqlState.startsWith('08') || sqlState === '25006';
}
