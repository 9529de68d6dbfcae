import type { BenchResult } from '../http-bench.js';
import type { MachineFacts } from '../machine.js';
import { type Compared, compare } from '../micro/compare.js';
import type { Options } from '../options.js';
import { machineSentence } from '../report.js';
import { table } from '../table.js';
import { clientSize } from './client-size.js';
import { openProofComparisons } from './proof-comparisons.js';
import { measureWaits, waitsTable } from './waits.js';

interface Effort {
  readonly batches: number;
  readonly batchSeconds: number;
  readonly warmUpRounds: number;
  readonly rounds: number;
}

const quick: Effort = { batches: 3, batchSeconds: 0.01, warmUpRounds: 0, rounds: 2 };
const full: Effort = { batches: 41, batchSeconds: 0.1, warmUpRounds: 10, rounds: 200 };

/** What it costs that a token is of no use without its key: at the servers, and to who waits for a page. */
export async function possessionBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const effort = options.quick ? quick : full;
  const steps = await compareSteps(effort, say);
  const waits = await measureWaits(effort, folder, say);
  const size = clientSize();
  const conditions =
    `${machineSentence(facts)} ${effort.batches} batches of ${effort.batchSeconds * 1000} ms each; ` +
    `${effort.rounds} calls of each kind in Chromium.`;
  const bundle =
    `\`pawl/client\` is ${size.minifiedBytes} bytes when bundled and minified for a browser, ` +
    `${size.gzippedBytes} bytes gzipped.`;
  return {
    section: 'possession',
    markdown: [stepsTable(steps), waitsTable(waits), bundle, conditions].join('\n\n'),
    figures: { steps, waits, size },
  };
}

async function compareSteps(effort: Effort, say: (line: string) => void): Promise<readonly Compared[]> {
  const opened = await openProofComparisons();
  const all: Compared[] = [];
  try {
    for (const comparison of opened.comparisons) {
      all.push(await compare(comparison, effort));
      say(comparison.name);
    }
  } finally {
    await opened.close();
  }
  return all;
}

function stepsTable(all: readonly Compared[]): string {
  const rows = all.map((compared) => [
    `${compared.name} / ${compared.reference}`,
    compared.microseconds.toFixed(1),
    compared.referenceMicroseconds.toFixed(1),
    compared.ratio.toFixed(2),
    compared.cpuMicroseconds.toFixed(1),
    compared.referenceCpuMicroseconds.toFixed(1),
    compared.cpuRatio.toFixed(2),
  ]);
  const head = ['µs', 'reference µs', 'ratio', 'CPU µs', 'reference CPU µs', 'ratio'];
  return table(['step / reference', ...head], rows);
}
