import { randomFraction, systemRandom } from '../../base/random.js';
import { setTimeout as pause } from 'node:timers/promises';
import { PawlError } from '../../errors.js';
import { isBusy, type SqliteDatabase, type SqliteStatement } from './driver.js';

/** SQLite itself waits this long, and the event loop with it; whatever is longer is waited for asynchronously. */
export const busyTimeoutMilliseconds = 5;

const pauseMilliseconds = 8;

interface Job {
  readonly work: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: PawlError) => void;
  readonly deadlineAt: number;
  /** Set after a transaction that it was part of had failed: it then gets one of its own. */
  isAlone: boolean;
}

/**
 * One connection. Writes of one turn of the event loop share one transaction, so that they share its sync to disk; no
 * transaction is open across turns, so reads go straight to the connection and see only what is committed.
 */
export class SqliteConnection {
  readonly #database: SqliteDatabase;
  readonly #deadlineSeconds: number;
  #queue: Job[] = [];
  #draining: Promise<void> | null = null;
  #isClosed = false;

  constructor(database: SqliteDatabase, deadlineSeconds: number) {
    this.#database = database;
    this.#deadlineSeconds = deadlineSeconds;
  }

  prepare(sql: string): SqliteStatement {
    return this.#database.prepare(sql);
  }

  /**
   * Runs `work` in a transaction, together with other writes; resolves after the commit.
   *
   * @param work - synchronous; runs again from the start when the transaction that it was part of failed
   * @throws {@link PawlError} `store_unavailable`; a `PawlError` that `work` throws is passed on
   */
  write<Value>(work: () => Value): Promise<Value> {
    if (this.#isClosed) return Promise.reject(closed());
    return new Promise<Value>((resolve, reject) => {
      const deadlineAt = this.#deadline();
      this.#queue.push({
        work,
        resolve: resolve as (value: unknown) => void,
        reject,
        deadlineAt,
        isAlone: false,
      });
      this.#draining ??= this.#drain();
    });
  }

  /** @throws {@link PawlError} `store_unavailable`; a `PawlError` that `work` throws is passed on */
  async read<Value>(work: () => Value): Promise<Value> {
    const deadlineAt = this.#deadline();
    for (;;) {
      if (this.#isClosed) throw closed();
      try {
        return work();
      } catch (error) {
        if (error instanceof PawlError) throw error;
        if (!isBusy(error) || performance.now() >= deadlineAt) throw unavailable(error);
      }
      await pause(pauseMilliseconds);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#draining;
    this.#writeBack();
    this.#database.close();
  }

  /** Moves the log into the file, so that a copy of the file alone is whole. While others have it open, that is for the last of them. */
  #writeBack(): void {
    try {
      this.#database.exec('pragma wal_checkpoint(truncate)');
    } catch {
      // Nothing is lost: the log is read when the file is opened next.
    }
  }

  #deadline(): number {
    return performance.now() + this.#deadlineSeconds * 1000;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      await nextTurn();
      const isBlocked = this.#flush();
      // Random, so that two processes do not keep meeting.
      if (isBlocked) await pause(randomFraction(systemRandom) * pauseMilliseconds);
    }
    this.#draining = null;
  }

  /** Commits what can share a transaction. Returns true when somebody else holds the write lock. */
  #flush(): boolean {
    try {
      this.#database.exec('begin immediate');
    } catch (error) {
      this.#giveUpLate(error);
      return isBusy(error);
    }
    const batch = this.#takeBatch();
    let values: unknown[];
    try {
      values = batch.map((job) => job.work());
    } catch (error) {
      this.#rollback();
      this.#separate(batch, error);
      return false;
    }
    try {
      this.#database.exec('commit');
    } catch (error) {
      this.#rollback();
      for (const job of batch) job.reject(unavailable(error));
      return false;
    }
    for (const [index, job] of batch.entries()) job.resolve(values[index]);
    return false;
  }

  #takeBatch(): Job[] {
    const firstAlone = this.#queue.findIndex((job) => job.isAlone);
    if (firstAlone === 0) return this.#queue.splice(0, 1);
    return this.#queue.splice(0, firstAlone === -1 ? this.#queue.length : firstAlone);
  }

  /** One failed: it alone is rejected, the others are run again without it. */
  #separate(batch: Job[], error: unknown): void {
    const [only, ...others] = batch;
    if (only !== undefined && others.length === 0) {
      only.reject(error instanceof PawlError ? error : unavailable(error));
      return;
    }
    for (const job of batch) job.isAlone = true;
    this.#queue.unshift(...batch);
  }

  #giveUpLate(error: unknown): void {
    const now = performance.now();
    const isLate = (job: Job): boolean => !isBusy(error) || now >= job.deadlineAt;
    const late = this.#queue.filter(isLate);
    this.#queue = this.#queue.filter((job) => !isLate(job));
    for (const job of late) job.reject(unavailable(error));
  }

  #rollback(): void {
    try {
      this.#database.exec('rollback');
    } catch {
      // SQLite has rolled back by itself, as it does when the disk is full.
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function closed(): PawlError {
  return new PawlError('store_unavailable', 'the SQLite store is closed');
}

function unavailable(cause: unknown): PawlError {
  return new PawlError('store_unavailable', 'the SQLite store did not answer', { cause });
}
