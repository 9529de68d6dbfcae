import type { DocumentStore } from 'pawl/stores';

/** A part of a run: it works on documents, and each of its calls waits for its turn. */
export type Program = (documents: DocumentStore) => Promise<void>;

/** What one run is about: programs over a store of its own, and what has to hold when they have ended. */
export interface Run {
  readonly documents: DocumentStore;
  readonly programs: readonly Program[];
  /** @param killed - the program that was stopped, or null */
  check(killed: number | null, schedule: string): Promise<void>;
}

interface Running {
  /** Gives the program its turn; null when it has none to wait for, because it has ended. */
  next: (() => void) | null;
  isOver: boolean;
}

/**
 * Runs programs in every order of their calls to the store, and each order with every program stopped after each of its calls. Returns the number of runs.
 */
export async function everyOrder(begin: () => Promise<Run>): Promise<number> {
  const { programs } = await begin();
  let { runs } = await allSchedules(begin, null);
  for (let killed = 0; killed < programs.length; killed += 1) {
    for (let calls = 0; ; calls += 1) {
      const tried = await allSchedules(begin, { killed, calls });
      runs += tried.runs;
      // There is no order in which it makes so many calls.
      if (tried.kills === 0) break;
    }
  }
  return runs;
}

/** Runs programs in one order of their calls, which is drawn: each number says whose turn it is of those that wait. */
export async function oneOrder(begin: () => Promise<Run>, drawn: readonly number[]): Promise<void> {
  const choose: Choose = (waiting, at) => waiting[(drawn[at] ?? 0) % waiting.length] ?? 0;
  await runOnce(await begin(), choose, null);
}

interface Kill {
  readonly killed: number;
  readonly calls: number;
}

async function allSchedules(
  begin: () => Promise<Run>,
  kill: Kill | null,
): Promise<{ readonly runs: number; readonly kills: number }> {
  let runs = 0;
  let kills = 0;
  let schedule: number[] | null = [];
  while (schedule !== null) {
    const fixed: readonly number[] = schedule;
    const choose: Choose = (waiting, at) => fixed[at] ?? waiting[0] ?? 0;
    const { taken, options, wasKilled } = await runOnce(await begin(), choose, kill);
    runs += 1;
    if (wasKilled) kills += 1;
    schedule = successor(taken, options);
  }
  return { runs, kills };
}

/** Says which of the waiting programs has the turn. */
type Choose = (waiting: readonly number[], at: number) => number;

/** The next schedule in order: the last place where another program could have had the turn, and nothing behind it. */
function successor(taken: readonly number[], options: readonly (readonly number[])[]): number[] | null {
  for (let at = taken.length - 1; at >= 0; at -= 1) {
    const other = options[at]?.find((program) => program > (taken[at] ?? 0));
    if (other !== undefined) return [...taken.slice(0, at), other];
  }
  return null;
}

async function runOnce(
  run: Run,
  choose: Choose,
  kill: Kill | null,
): Promise<{
  readonly taken: readonly number[];
  readonly options: readonly (readonly number[])[];
  readonly wasKilled: boolean;
}> {
  let whenStill: () => void = () => undefined;
  const running: Running[] = run.programs.map(() => ({ next: null, isOver: false }));
  const failures: unknown[] = [];
  const start = async (program: Program, state: Running): Promise<void> => {
    await program(gated(run.documents, state, () => whenStill())).catch((error: unknown) =>
      failures.push(error),
    );
    state.isOver = true;
    whenStill();
  };
  const still = (act: () => void): Promise<void> =>
    new Promise((resolve) => {
      whenStill = resolve;
      act();
    });
  for (const [index, program] of run.programs.entries()) {
    const state = running[index];
    if (state !== undefined) await still(() => void start(program, state));
  }
  const taken: number[] = [];
  const options: number[][] = [];
  const calls = run.programs.map(() => 0);
  let wasKilled = false;
  for (;;) {
    if (kill !== null && calls[kill.killed] === kill.calls && running[kill.killed]?.isOver === false)
      wasKilled = true;
    const waiting = running.flatMap(({ isOver }, index) =>
      isOver || (wasKilled && index === kill?.killed) ? [] : [index],
    );
    if (waiting.length === 0) break;
    const chosen = choose(waiting, taken.length);
    options.push(waiting);
    taken.push(chosen);
    calls[chosen] = (calls[chosen] ?? 0) + 1;
    const state = running[chosen];
    await still(() => state?.next?.());
  }
  if (failures.length > 0) throw failures[0];
  await run.check(wasKilled ? (kill?.killed ?? null) : null, taken.join(''));
  return { taken, options, wasKilled };
}

/** The documents, of which each call waits for its turn, and says when it does. */
function gated(documents: DocumentStore, state: Running, isStill: () => void): DocumentStore {
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      state.next = resolve;
      isStill();
    });
  return {
    async read(...given) {
      await turn();
      return documents.read(...given);
    },
    async write(...given) {
      await turn();
      return documents.write(...given);
    },
    async remove(...given) {
      await turn();
      return documents.remove(...given);
    },
    async list(...given) {
      await turn();
      return documents.list(...given);
    },
  };
}
