import type { BenchResult } from '../http-bench.js';
import type { MachineFacts } from '../machine.js';
import type { Options } from '../options.js';
import { machineSentence } from '../report.js';
import { table } from '../table.js';
import { type Compared, compare } from './compare.js';
import { storeComparisons } from './store-comparisons.js';
import { tokenComparisons } from './token-comparisons.js';

export async function microBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const effort = options.quick ? { batches: 3, batchSeconds: 0.01 } : { batches: 41, batchSeconds: 0.05 };
  const all: Compared[] = [];
  for (const comparison of [...(await tokenComparisons()), ...(await storeComparisons(folder))]) {
    all.push(await compare(comparison, effort));
    say(comparison.name);
  }
  const conditions = `${machineSentence(facts)} ${effort.batches} batches of ${effort.batchSeconds * 1000} ms each.`;
  return { section: 'micro', markdown: `${microTable(all)}\n\n${conditions}`, figures: all };
}

function microTable(all: readonly Compared[]): string {
  const rows = all.map(({ name, microseconds, reference, referenceMicroseconds, ratio }) => [
    `${name} / ${reference}`,
    microseconds.toFixed(2),
    referenceMicroseconds.toFixed(2),
    ratio.toFixed(2),
  ]);
  return table(['step / reference', 'µs', 'reference µs', 'ratio'], rows);
}
