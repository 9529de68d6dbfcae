import type { RotateAttempt, RotateResult } from '../store.js';
import { toNullableText } from '../text.js';
import { unavailable } from './connection.js';
import type { PostgresRow } from './driver.js';
import { hashFrom, isTrue, type SessionRow, sessionFrom, sessionOf } from './session-row.js';

/** Above it a statement takes so long that those who wait for its slowest part would rather be in the next one. */
const maxBatch = 256;

/** While these are on their way, what arrives gathers for the next one. */
const maxInFlight = 2;

interface Waiting {
  readonly attempt: RotateAttempt;
  readonly resolve: (result: RotateResult) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
  isLate: boolean;
}

/** Runs the statement for these attempts, of different sessions. Resolves to a row for each session that exists. */
export type RunRotations = (values: unknown[]) => Promise<readonly PostgresRow[]>;

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
        reject(unavailable('did not answer in time'));
      }, this.#deadlineMilliseconds);
      const waiting: Waiting = { attempt, resolve, reject, timer, isLate: false };
      this.#waiting.push(waiting);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#inFlight >= maxInFlight) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    const groups = this.#takeGroups();
    if (groups.length === 0) return;
    this.#inFlight += 1;
    for (const [{ attempt }] of groups) this.#underway.add(attempt.sessionId);
    void this.#answer(groups).finally(() => {
      this.#inFlight -= 1;
      for (const [{ attempt }] of groups) this.#underway.delete(attempt.sessionId);
      if (this.#waiting.length > 0) this.#schedule();
    });
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** One group for each session: the attempt that is sent, and those that wait for what becomes of it. */
  #takeGroups(): readonly Group[] {
    const groups = new Map<string, Group>();
    const left: Waiting[] = [];
    for (const waiting of this.#waiting) {
      if (waiting.isLate) continue;
      const { sessionId } = waiting.attempt;
      const group = groups.get(sessionId);
      if (group !== undefined) group.push(waiting);
      else if (groups.size < maxBatch && !this.#underway.has(sessionId)) groups.set(sessionId, [waiting]);
      else left.push(waiting);
    }
    this.#waiting = left;
    return [...groups.values()].sort(([left], [right]) =>
      left.attempt.sessionId < right.attempt.sessionId ? -1 : 1,
    );
  }

  async #answer(groups: readonly Group[]): Promise<void> {
    try {
      const rows = await this.#run(valuesOf(groups.map(([{ attempt }]) => attempt)));
      const byId = new Map(rows.map((row) => [row['id'], row]));
      for (const group of groups) this.#settle(group, byId.get(group[0].attempt.sessionId));
    } catch (error) {
      for (const waiting of groups.flat()) {
        clearTimeout(waiting.timer);
        waiting.reject(error);
      }
    }
  }

  #settle([sent, ...others]: Group, row: PostgresRow | undefined): void {
    const result = row === undefined ? { rotated: false, session: null } : resultOf(row, sent.attempt);
    answer(sent, result);
    for (const other of others) {
      // Directly behind a rotation, an attempt at the generation that it left is refused by the guard, whatever else it holds. It waited
      // when the statement was sent, so that this is one of the orders in which the two may have come.
      if (result.rotated && other.attempt.generation === sent.attempt.generation) {
        answer(other, { rotated: false, session: result.session });
      } else this.#waiting.push(other);
    }
  }
}

type Group = [Waiting, ...Waiting[]];

function answer({ resolve, timer }: Waiting, result: RotateResult): void {
  clearTimeout(timer);
  resolve(result);
}

/** One array for each column, because a statement has one parameter for each. */
function valuesOf(attempts: readonly RotateAttempt[]): unknown[] {
  return [
    attempts.map(({ sessionId }) => sessionId),
    // No hash is empty: what is no hash equals none.
    attempts.map(({ secretHash }) => hashFrom(secretHash) ?? '\\x'),
    attempts.map(({ generation }) => generation),
    attempts.map(({ fork }) => fork),
    attempts.map(({ provenKey }) => toNullableText(provenKey)),
    attempts.map(({ clientId }) => toNullableText(clientId)),
    attempts.map(({ windowSeconds }) => windowSeconds),
    attempts.map(({ now }) => now),
  ];
}

function resultOf(values: PostgresRow, attempt: RotateAttempt): RotateResult {
  if (!isTrue(values['rotated'])) return { rotated: false, session: sessionOf(values) };
  const { secretHash, generation, fork, now } = attempt;
  const row = values as SessionRow;
  return {
    rotated: true,
    // The guard held, so what the attempt named is what the record held.
    session: sessionFrom(row, {
      secretHash,
      subjectEpoch: Number(row.subject_epoch),
      revokedAt: null,
      generation: generation + 1,
      fork: 0,
      previousFork: fork,
      rotatedAt: now,
      seen: false,
    }),
  };
}
