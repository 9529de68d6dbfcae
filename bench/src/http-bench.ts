import type { MachineFacts } from './machine.js';
import type { Options } from './options.js';
import { conditions, httpTable } from './report.js';
import { runRounds } from './rounds.js';
import { goals, summarise } from './summary.js';

export interface BenchResult {
  /** Section of docs/performance.md. */
  readonly section: string;
  readonly markdown: string;
  readonly figures: unknown;
}

export async function httpBench(
  options: Options,
  folder: string,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<BenchResult> {
  const { series, remarks } = await runRounds(options, folder, say);
  const rows = summarise(series);
  const sentences = [...goals(series), ...remarks].map((sentence) => `- ${sentence}`);
  return {
    section: 'http',
    markdown: [httpTable(rows), sentences.join('\n'), conditions(facts, options)].join('\n\n'),
    figures: { rows, series },
  };
}
