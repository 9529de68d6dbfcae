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
}

const timesAtOnce = [2, 8] as const;
const head = ['candidate', 'at once', 'answered', 'tokens per session', 'newest alive', 'logged out'];

/** What servers do when a client presents one fresh token several times at once, as tabs and retries do. */
export async function atOnceBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const { candidates, missing } = choose(atOnceCandidates, options.only);
  for (const sentence of missing) say(sentence);
  const sessions = options.quick ? 4 : 20;
  const all: Presented[] = [];
  for (const candidate of candidates) {
    const stand = new Stand();
    try {
      // Each session brings a connection: there must also be enough for the most presentations.
      const setup = { folder, profile: false, sessions: Math.max(timesAtOnce.length * sessions, 8) };
      await stand.add(candidate, setup);
      for (const [index, presentations] of timesAtOnce.entries()) {
        const order = { presentations, sessions, firstSession: index * sessions };
        all.push({
          name: candidate.name,
          presentations,
          ...(await stand.presentAtOnce(candidate.name, order)),
        });
      }
    } finally {
      await stand.close();
    }
    say(candidate.name);
  }
  for (const presented of all) if (presented.name.startsWith('pawl-')) check(presented);
  const paragraphs = [atOnceTable(all), ...missing, `${sessions} sessions each. ${machineSentence(facts)}`];
  return { section: 'at-once', markdown: paragraphs.join('\n\n'), figures: all };
}

/** Throws when Pawl did not answer all alike. */
function check({ name, sessions, presented, answered, distinctTokens, newestAlive }: Presented): void {
  if (answered !== presented || distinctTokens !== sessions || newestAlive !== sessions) {
    throw new Error(`${name} did not answer tokens presented at once alike`);
  }
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
