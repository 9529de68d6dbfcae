import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Child } from '../child.js';
import { type Database, reasonAgainst, startDatabase } from '../databases.js';
import type { BenchResult } from '../http-bench.js';
import type { MachineFacts } from '../machine.js';
import type { Options } from '../options.js';
import { cpuMicrosecondsOfTree } from '../process-usage.js';
import { conditions } from '../report.js';
import { seededRandom, shuffled } from '../seeded-random.js';
import { median, medianRatio } from '../statistics.js';
import { table } from '../table.js';
import type { GuardLoadOrder, GuardLoadReport, GuardOrder, GuardReport } from './guard-messages.js';
import { type Guard, guards, open } from './guards.js';

interface Running {
  readonly guard: Guard;
  readonly server: Child<GuardOrder, GuardReport>;
  readonly database: Database | null;
  readonly rounds: Round[];
}

interface Round {
  readonly perSecond: number;
  readonly serverMicroseconds: number;
  readonly databaseMicroseconds: number;
}

const head = ['guard', 'requests/s', 'of no authentication', 'CPU µs, server', 'database', 'sum'];

/** What one authenticated request costs, against the same request without authentication and against others. */
export async function guardBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const load = new Child<GuardLoadOrder, GuardLoadReport>('guard/guard-load', 'the load generator');
  const all: Running[] = [];
  try {
    const chosen = guards.filter((guard) => canRun(guard, options.only, say));
    const starts = await Promise.allSettled(chosen.map((guard) => start(guard, options, folder, all)));
    for (const started of starts) {
      if (started.status === 'rejected') throw started.reason;
      await load.ask({ type: 'target', ...started.value });
    }
    // As they are listed, and not as they came up.
    all.sort((a, b) => guards.indexOf(a.guard) - guards.indexOf(b.guard));
    if (options.warmUpSeconds > 0) {
      for (const running of all) await measure(running, load, options.warmUpSeconds);
    }
    const random = seededRandom(options.seed);
    for (let round = 1; round <= options.rounds; round++) {
      for (const running of shuffled(all, random)) {
        running.rounds.push(await measure(running, load, options.roundSeconds));
      }
      say(`round ${round} of ${options.rounds}`);
    }
  } finally {
    await load.stop();
    await Promise.all(all.map(stop));
  }
  const markdown = [guardTable(all), ...ratios(all), conditions(facts, options)].join('\n\n');
  const figures = all.map(({ guard, rounds }) => ({ name: guard.name, rounds }));
  return { section: 'guard', markdown, figures };
}

function canRun({ name, database }: Guard, only: RegExp, say: (line: string) => void): boolean {
  if (name !== open && !only.test(name)) return false;
  const reason = database === null ? null : reasonAgainst(database);
  if (reason !== null) say(`Not measured: ${name} (${reason}).`);
  return reason === null;
}

/** Starts a guard, adds it to those that run, and resolves to what is asked of it. */
async function start(
  guard: Guard,
  options: Options,
  parent: string,
  all: Running[],
): Promise<Omit<Extract<GuardLoadOrder, { type: 'target' }>, 'type'>> {
  const folder = path.join(parent, `guard-${guard.variant}`);
  mkdirSync(folder);
  const database = guard.database === null ? null : await startDatabase(guard.database, folder);
  const server = new Child<GuardOrder, GuardReport>('servers/guard', guard.name);
  all.push({ guard, server, database, rounds: [] });
  const { variant } = guard;
  const ready = await server.ask({
    ...{ type: 'start', variant, folder, issuer: null },
    ...{ sessions: options.sessions, database: database?.address ?? null },
  });
  if (ready.type !== 'ready') throw new Error(`${guard.name} did not start`);
  const { port, headers } = ready;
  return { name: guard.name, port, headers };
}

async function measure(
  { guard, server, database }: Running,
  load: Child<GuardLoadOrder, GuardLoadReport>,
  seconds: number,
): Promise<Round> {
  const used = async (): Promise<{ readonly server: number; readonly database: number }> => {
    const usage = await server.ask({ type: 'usage' });
    if (usage.type !== 'usage') throw new Error(`${guard.name} did not report its usage`);
    return {
      server: usage.cpuMicroseconds,
      database: database === null ? 0 : cpuMicrosecondsOfTree(database.pid),
    };
  };
  const before = await used();
  const ran = await load.ask({ type: 'run', name: guard.name, seconds });
  if (ran.type !== 'ran') throw new Error(ran.type === 'failed' ? ran.reason : 'the load did not run');
  const after = await used();
  return {
    perSecond: ran.requests / ran.seconds,
    serverMicroseconds: (after.server - before.server) / ran.requests,
    databaseMicroseconds: (after.database - before.database) / ran.requests,
  };
}

async function stop({ server, database }: Running): Promise<void> {
  await server.stop({ type: 'stop' });
  await database?.end();
}

function guardTable(all: readonly Running[]): string {
  const reference = throughputs(all, open);
  const rows = all.map(({ guard, rounds }) => {
    const server = median(rounds.map(({ serverMicroseconds }) => serverMicroseconds));
    const database = median(rounds.map(({ databaseMicroseconds }) => databaseMicroseconds));
    return [
      guard.name,
      String(Math.round(median(throughputs(all, guard.name)))),
      medianRatio(throughputs(all, guard.name), reference).toFixed(2),
      server.toFixed(1),
      guard.database === null ? '–' : database.toFixed(1),
      (server + database).toFixed(1),
    ];
  });
  return table(head, rows);
}

const wanted = [
  { name: 'pawl/verifier', reference: open, goal: 0.85 },
  { name: 'pawl/verifier', reference: 'fast-jwt', goal: 1.2 },
  { name: 'pawl session, cached', reference: open, goal: 0.85 },
  { name: 'pawl session, cached', reference: 'express-session', goal: 8 },
  { name: 'pawl session, looked up', reference: 'express-session', goal: null },
  { name: 'pawl session, looked up', reference: 'one GET of Redis', goal: null },
] as const;

/** What the project wants to hold, with the figures of this run. */
function ratios(all: readonly Running[]): string[] {
  const measured = new Set<string>(all.map(({ guard }) => guard.name));
  const sentences = wanted
    .filter(({ name, reference }) => measured.has(name) && measured.has(reference))
    .map(({ name, reference, goal }) => {
      const ratio = medianRatio(throughputs(all, name), throughputs(all, reference)).toFixed(2);
      return `- ${name} / ${reference}: ${ratio}${goal === null ? '' : ` (goal: at least ${goal})`}`;
    });
  return sentences.length === 0 ? [] : [sentences.join('\n')];
}

function throughputs(all: readonly Running[], name: string): number[] {
  return all
    .filter(({ guard }) => guard.name === name)
    .flatMap(({ rounds }) => rounds.map(({ perSecond }) => perSecond));
}
