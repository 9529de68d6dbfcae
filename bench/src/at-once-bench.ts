import { choose } from './available.js';
import { atOnceCandidates } from './candidates.js';
import type { BenchResult } from './http-bench.js';
import type { AtOnceCounts } from './load/messages.js';
import type { MachineFacts } from './machine.js';
import type { Options } from './options.js';
import { machineSentence } from './report.js';
import { Stand } from './stand.js';
import { table } from './table.js';

interface Presented extends AtOnceCounts {
  readonly name: string;
  readonly presentations: number;
  readonly gapMilliseconds: number;
}

/** With `--quick` those for which the bench answers: what one process does, two do as well. */
const quickCandidates = atOnceCandidates.filter(
  ({ name, processes }) => processes === 2 || name === 'pawl-memory',
);

const timesAtOnce = [2, 8] as const;
const fullGapsMilliseconds = [0, 2, 5, 20, 100] as const;
const quickGapsMilliseconds = [0, 20] as const;
const head = ['candidate', 'at once', 'answered', 'tokens per session', 'newest alive', 'logged out'];

/** What servers do when a client presents one fresh token several times at once, as tabs and retries do. */
export async function atOnceBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const { candidates, missing } = choose(options.quick ? quickCandidates : atOnceCandidates, options.only);
  for (const sentence of missing) say(sentence);
  const sessions = options.quick ? 2 : 10;
  const gapsMilliseconds = options.quick ? quickGapsMilliseconds : fullGapsMilliseconds;
  const turns = timesAtOnce.flatMap((presentations) =>
    gapsMilliseconds.map((gapMilliseconds) => ({ presentations, gapMilliseconds })),
  );
  const all: Presented[] = [];
  // Those that nobody compares may share the machine.
  for (const group of options.quick ? [candidates] : candidates.map((candidate) => [candidate])) {
    const stand = new Stand();
    try {
      await stand.add(group, { folder, profile: false, sessions: turns.length * sessions });
      for (const { name } of group) {
        for (const [index, turn] of turns.entries()) {
          const order = { ...turn, sessions, firstSession: index * sessions };
          all.push({ name, ...turn, ...(await stand.presentAtOnce(name, order)) });
        }
        say(name);
      }
    } finally {
      await stand.close();
    }
  }
  for (const presented of all) if (presented.name.startsWith('pawl-')) check(presented);
  const paragraphs = [
    atOnceTable(all.filter(({ gapMilliseconds }) => gapMilliseconds === 0)),
    gapTable(all, gapsMilliseconds),
    ...missing,
    `${sessions} sessions each. ${machineSentence(facts)}`,
  ];
  return { section: 'at-once', markdown: paragraphs.join('\n\n'), figures: all };
}

/** Throws when Pawl did not answer all alike. */
function check({ name, sessions, presented, answered, distinctTokens, newestAlive }: Presented): void {
  if (answered !== presented || distinctTokens !== sessions || newestAlive !== sessions) {
    throw new Error(`${name} did not answer tokens presented at once alike`);
  }
}

/** By the time between presentations, 2 and 8 together: how many were answered, and how many sessions logged out. */
function gapTable(all: readonly Presented[], gapsMilliseconds: readonly number[]): string {
  const names = [...new Set(all.map(({ name }) => name))];
  const rows = names.map((name) => [
    name,
    ...gapsMilliseconds.map((gap) =>
      gapCell(all.filter((one) => one.name === name && one.gapMilliseconds === gap)),
    ),
  ]);
  return table(['candidate', ...gapsMilliseconds.map((gap) => `${gap} ms apart`)], rows);
}

function gapCell(all: readonly Presented[]): string {
  const sum = (count: (one: Presented) => number): number =>
    all.reduce((total, one) => total + count(one), 0);
  const answered = `${sum((one) => one.answered)} of ${sum((one) => one.presented)}`;
  const loggedOut = sum((one) => one.loggedOut);
  return loggedOut === 0 ? answered : `${answered}, ${loggedOut} logged out`;
}

function atOnceTable(all: readonly Presented[]): string {
  const rows = all.map((one) => [
    one.name,
    String(one.presentations),
    `${one.answered} of ${one.presented}`,
    (one.distinctTokens / one.sessions).toFixed(1),
    `${one.newestAlive} of ${one.sessions}`,
    `${one.loggedOut} of ${one.sessions}`,
  ]);
  return table(head, rows);
}
