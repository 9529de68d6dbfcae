import { choose } from '../available.js';
import { type Candidate, candidates } from '../candidates.js';
import type { BenchResult } from '../http-bench.js';
import type { MachineFacts } from '../machine.js';
import type { Options } from '../options.js';
import { machineSentence } from '../report.js';
import { Stand } from '../stand.js';
import { growthTable, loadTable, type Sample, type Soaked } from './soak-tables.js';
import { openStoreMeter } from './store-meter.js';

const soaked = ['pawl-sqlite', 'pawl-redis ioredis', 'pawl-postgres'];

/** Whether anything grows that should not: the load of the refreshes over HTTP for minutes, one candidate after another. */
export async function soakBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const { candidates: chosen, missing } = choose(
    candidates.filter(({ name }) => soaked.includes(name)),
    options.only,
  );
  for (const sentence of missing) say(sentence);
  const all: Soaked[] = [];
  // Those that nobody compares may start together.
  for (const group of options.quick ? [chosen] : chosen.map((candidate) => [candidate])) {
    const stand = new Stand();
    try {
      await stand.add(group, { ...options, folder });
      for (const candidate of group) {
        all.push({ candidate, samples: await soak(candidate, stand, options, say) });
      }
    } finally {
      await stand.close();
    }
  }
  const conditions =
    `${options.sessions} connections, ${options.quick ? 'some seconds' : `${options.minutes} minutes`} for each. ` +
    machineSentence(facts);
  return {
    section: 'soak',
    markdown: [loadTable(all), growthTable(all), ...missing, conditions].join('\n\n'),
    figures: all,
  };
}

async function soak(
  { name, database }: Candidate,
  stand: Stand,
  options: Options,
  say: (line: string) => void,
): Promise<readonly Sample[]> {
  const [seconds, stepSeconds] = options.quick ? [1.5, 0.5] : [options.minutes * 60, 5];
  const meter = openStoreMeter(database, stand.place(name));
  try {
    const samples: Sample[] = [];
    const startedAt = performance.now();
    for (let refreshes = 0, atSeconds = 0; atSeconds < seconds; ) {
      const { requests, serverResidentBytes } = await stand.measure(name, stepSeconds);
      refreshes += requests;
      atSeconds = (performance.now() - startedAt) / 1000;
      samples.push({
        ...{ atSeconds, refreshes, serverBytes: serverResidentBytes },
        databaseBytes: stand.databasePrivateBytes(name),
        storeBytes: await meter.bytes(),
      });
      if (samples.length % 12 === 0) say(`${name}: ${atSeconds.toFixed(0)} s, ${refreshes} refreshes`);
    }
    say(name);
    return samples;
  } finally {
    await meter.close();
  }
}
