import { setTimeout as pause } from 'node:timers/promises';
import { randomFraction, systemRandom } from '../../base/random.js';
import { PawlError } from '../../errors.js';
import {
  faultOf,
  isConnectionSpent,
  isLentOut,
  type PostgresClient,
  type PostgresPool,
  type PostgresRow,
  wasUndone,
} from './driver.js';
import { type Statement, toQuery } from './statement.js';

/** At most this long before a step that the server undid is tried again. */
const pauseMilliseconds = 8;

/** Runs one statement. */
export type RunStatement = (statement: Statement, values: unknown[]) => Promise<readonly PostgresRow[]>;

/** How far a call has come, for who gives it up before its own deadline. */
export interface Progress {
  /** Whether it has done nothing yet but wait for other calls of this process. */
  isBehindOthers: () => boolean;
}

/** How the store uses the pool. */
export interface ConnectionSettings {
  readonly deadlineSeconds: number;
  readonly namedStatements: boolean;
}

/** The pool, with a deadline on everything. */
export class PostgresConnection {
  readonly #pool: PostgresPool;
  readonly #settings: ConnectionSettings;
  readonly #begin: Statement;
  readonly #accepted = new Set<Promise<unknown>>();
  /** How often the pool has given a connection. */
  #givenCount = 0;
  #isClosed = false;

  constructor(pool: PostgresPool, settings: ConnectionSettings) {
    this.#pool = pool;
    this.#settings = settings;
    this.#begin = { name: '', text: beginText(settings.deadlineSeconds) };
    // The pool reports the loss of an idle connection this way, and without a listener Node ends the process.
    pool.on('error', ignore);
    pool.on('connect', guardNew);
  }

  get deadlineMilliseconds(): number {
    return this.#settings.deadlineSeconds * 1000;
  }

  /**
   * Runs one call of the port; closing waits for it.
   *
   * @throws {@link PawlError} `store_unavailable` when the store is closed
   */
  accept<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#isClosed) return Promise.reject(unavailable('is closed'));
    const call = work();
    this.#accepted.add(call);
    const forget = (): void => {
      this.#accepted.delete(call);
    };
    call.then(forget, forget);
    return call;
  }

  /**
   * One statement in a transaction of its own: one round trip.
   *
   * @throws {@link PawlError} `store_unavailable`
   */
  run(
    statement: Statement,
    values: unknown[],
    progress: Progress = { isBehindOthers: () => false },
  ): Promise<readonly PostgresRow[]> {
    return this.#repeatUndone((deadlineAt) =>
      this.#lease({ deadlineAt, progress }, (query) => query(statement, values)),
    );
  }

  /**
   * Statements in one transaction, each with a snapshot of its own. It waits for no lock longer than the deadline, and the server ends
   * it when this process stops in the middle.
   *
   * @throws {@link PawlError} `store_unavailable`; a `PawlError` that `work` throws is passed on
   */
  transaction<Value>(work: (query: RunStatement) => Promise<Value>): Promise<Value> {
    return this.#repeatUndone((deadlineAt) =>
      this.#lease({ deadlineAt, progress: { isBehindOthers: () => false } }, async (query, querySimple) => {
        await querySimple(this.#begin.text);
        try {
          const value = await work(query);
          await querySimple('commit');
          return value;
        } catch (error) {
          await querySimple('rollback');
          throw error;
        }
      }),
    );
  }

  /** Waits for the calls that were accepted. The pool stays open: it is the application's. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#accepted.size > 0) await Promise.allSettled(this.#accepted);
    this.#pool.removeListener('error', ignore);
    this.#pool.removeListener('connect', guardNew);
  }

  async #repeatUndone<Value>(step: (deadlineAt: number) => Promise<Value>): Promise<Value> {
    const deadlineAt = performance.now() + this.deadlineMilliseconds;
    for (;;) {
      try {
        return await step(deadlineAt);
      } catch (error) {
        if (error instanceof PawlError) throw error;
        const fault = faultOf(error);
        const pauseFor = randomFraction(systemRandom) * pauseMilliseconds;
        if (!wasUndone(fault) || performance.now() + pauseFor >= deadlineAt) {
          throw unavailable(`did not do the step: ${fault.text}`);
        }
        await pause(pauseFor);
      }
    }
  }

  /** Runs `work` with a connection, and closes the connection when there is no answer in time. */
  async #lease<Value>(
    { deadlineAt, progress }: { readonly deadlineAt: number; readonly progress: Progress },
    work: (query: RunStatement, querySimple: (text: string) => Promise<unknown>) => Promise<Value>,
  ): Promise<Value> {
    const client = await this.#connect(deadlineAt, progress);
    client.on('error', ignore);
    let isOver = false;
    // What is left of the work after the deadline must not run on: the connection is nobody's then.
    const use = <Result>(call: () => Promise<Result>): Promise<Result> =>
      isOver ? Promise.reject(unavailable('did not answer in time')) : call();
    const { namedStatements } = this.#settings;
    const query: RunStatement = (statement, values) =>
      use(async () => (await client.query(toQuery(statement, values, namedStatements))).rows);
    try {
      const working = work(query, (text) => use(() => client.query({ text })));
      const value = await inTime(deadlineAt, working, () => unavailable('did not answer in time'));
      client.removeListener('error', ignore);
      client.release();
      return value;
    } catch (error) {
      isOver = true;
      // A connection that is closed may report more errors, so it keeps its listener.
      const isSpent =
        error instanceof PawlError ? error.code === 'store_unavailable' : isConnectionSpent(faultOf(error));
      if (!isSpent) client.removeListener('error', ignore);
      client.release(isSpent);
      throw error;
    }
  }

  async #connect(deadlineAt: number, progress: Progress): Promise<PostgresClient> {
    // The pool has lent out all, and lent some to other calls since: it was not the server that this one waited for.
    const [wasLentOut, givenBefore] = [isLentOut(this.#pool), this.#givenCount];
    progress.isBehindOthers = () => wasLentOut && this.#givenCount > givenBefore;
    const connecting = this.#pool.connect();
    try {
      const client = await inTime(deadlineAt, connecting, () =>
        progress.isBehindOthers() ? unsent() : unavailable('gave no connection in time'),
      );
      this.#givenCount += 1;
      progress.isBehindOthers = () => false;
      return client;
    } catch (error) {
      connecting.then((client) => client.release(), ignore);
      throw error;
    }
  }
}

/** @throws {@link PawlError} `otherwise` when the deadline comes first */
async function inTime<Value>(
  deadlineAt: number,
  work: Promise<Value>,
  otherwise: () => PawlError,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(otherwise()), deadlineAt - performance.now());
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** One round trip. Without these limits a process that stops in the middle would hold its locks until somebody ends it. */
function beginText(deadlineSeconds: number): string {
  const milliseconds = String(Math.ceil(deadlineSeconds * 1000));
  return [
    'begin isolation level read committed',
    `set local lock_timeout = ${milliseconds}`,
    `set local statement_timeout = ${milliseconds}`,
    `set local idle_in_transaction_session_timeout = ${milliseconds}`,
    `select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'`,
  ].join('; ');
}

/**
 * A server that is shut down may end a connection in the packet that accepts it: the pool listens no more then, and whoever asked for the connection
 * does not yet.
 */
function guardNew(client: PostgresClient): void {
  client.on('error', ignore);
  setImmediate(() => client.removeListener('error', ignore));
}

function ignore(): void {
  // The call that the failure belongs to is rejected with it.
}

export function unavailable(what: string): PawlError {
  return new PawlError('store_unavailable', `the PostgreSQL store ${what}`);
}

/** Of a call that has done nothing until its deadline but wait for other calls of this process. */
export function unsent(): PawlError {
  return new PawlError('store_unavailable', 'the PostgreSQL store had others to serve until the deadline', {
    unsent: true,
  });
}
