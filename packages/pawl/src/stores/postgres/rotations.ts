import { rotated } from '../../rotation/session.js';
import { bindingText } from '../binding-text.js';
import type { RotateAttempt, RotateResult } from '../session-store.js';
import { toNullableText } from '../text.js';
import { type Progress, unavailable, unsent } from './connection.js';
import type { PostgresRow } from './driver.js';
import { sessionFrom } from '../sql/session-row.js';
import { hashFrom, isTrue, ownPartOf, type PostgresSessionRow, sessionOf } from './session-row.js';

/** Above it a statement takes so long that those who wait for its slowest part would rather be in the next one. */
const maxBatch = 256;

/** While these are on their way, what arrives gathers for the next one. */
const maxInFlight = 2;

interface Waiting {
  readonly attempt: RotateAttempt;
  readonly resolve: (result: RotateResult) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
  /** Of the statement that it is part of; until then it waits for others. */
  progress: Progress;
  isLate: boolean;
}

/** Runs the statement for these attempts, of different sessions. Resolves to a row for each session that exists. */
export type RunRotations = (values: unknown[], progress: Progress) => Promise<readonly PostgresRow[]>;

/** Attempts of one turn of the event loop share one statement, and so its round trip and its commit. */
export class Rotations {
  readonly #run: RunRotations;
  readonly #deadlineMilliseconds: number;
  #waiting: Waiting[] = [];
  /** Sessions that a statement on its way may change: another one would only wait for its lock, and all that came with it too. */
  readonly #underway = new Set<string>();
  #inFlight = 0;
  #isScheduled = false;

  constructor(run: RunRotations, deadlineMilliseconds: number) {
    this.#run = run;
    this.#deadlineMilliseconds = deadlineMilliseconds;
  }

  rotate(attempt: RotateAttempt): Promise<RotateResult> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.isLate = true;
        reject(waiting.progress.isBehindOthers() ? unsent() : unavailable('did not answer in time'));
      }, this.#deadlineMilliseconds);
      const progress = { isBehindOthers: () => true };
      const waiting: Waiting = { attempt, resolve, reject, timer, progress, isLate: false };
      this.#waiting.push(waiting);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#inFlight >= maxInFlight || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    this.#inFlight += 1;
    for (const { attempt } of batch) this.#underway.add(attempt.sessionId);
    void this.#answer(batch).finally(() => {
      this.#inFlight -= 1;
      for (const { attempt } of batch) this.#underway.delete(attempt.sessionId);
      this.#schedule();
    });
    this.#schedule();
  }

  /** One attempt for each session, in the order of the ids; the others wait. */
  #takeBatch(): readonly Waiting[] {
    const batch = new Map<string, Waiting>();
    const left: Waiting[] = [];
    for (const waiting of this.#waiting) {
      if (waiting.isLate) continue;
      const { sessionId } = waiting.attempt;
      const isFree = !batch.has(sessionId) && !this.#underway.has(sessionId);
      if (isFree && batch.size < maxBatch) batch.set(sessionId, waiting);
      else left.push(waiting);
    }
    this.#waiting = left;
    return [...batch.values()].sort((left, right) =>
      left.attempt.sessionId < right.attempt.sessionId ? -1 : 1,
    );
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    const progress = { isBehindOthers: () => true };
    for (const waiting of batch) waiting.progress = progress;
    try {
      const rows = await this.#run(valuesOf(batch.map(({ attempt }) => attempt)), progress);
      const byId = new Map(rows.map((row) => [row['id'], row]));
      for (const waiting of batch) settle(waiting, byId.get(waiting.attempt.sessionId));
    } catch (error) {
      for (const { timer, reject } of batch) {
        clearTimeout(timer);
        reject(error);
      }
    }
  }
}

function settle({ attempt, timer, resolve, reject }: Waiting, row: PostgresRow | undefined): void {
  clearTimeout(timer);
  try {
    resolve(row === undefined ? { rotated: false, session: null } : resultOf(row, attempt));
  } catch (error) {
    // A record that cannot be read is nothing to the others of its statement.
    reject(error);
  }
}

/** One array for each column, because a statement has one parameter for each. */
function valuesOf(attempts: readonly RotateAttempt[]): unknown[] {
  return [
    attempts.map(({ sessionId }) => sessionId),
    // No hash is empty: what is no hash equals none.
    attempts.map(({ secretHash }) => hashFrom(secretHash) ?? '\\x'),
    attempts.map(({ generation }) => generation),
    attempts.map(({ fork }) => fork),
    attempts.map(({ proof }) => toNullableText(bindingText(proof))),
    attempts.map(({ clientId }) => toNullableText(clientId)),
    attempts.map(({ network }) => network),
    attempts.map(({ now }) => now),
  ];
}

function resultOf(values: PostgresRow, attempt: RotateAttempt): RotateResult {
  if (!isTrue(values['rotated'])) return { rotated: false, session: sessionOf(values) };
  const { generation, fork, previousFork, rotatedAt, seen, network } = rotated(
    attempt,
    attempt.now,
    attempt.network,
  );
  const row = values as unknown as PostgresSessionRow;
  return {
    rotated: true,
    // The guard held, so what the attempt named is what the record held.
    session: sessionFrom(row, ownPartOf(row, attempt.secretHash), {
      subjectEpoch: Number(row.subject_epoch),
      revokedAt: null,
      generation,
      fork,
      previousFork,
      rotatedAt,
      seen,
      network,
    }),
  };
}
