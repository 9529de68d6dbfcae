import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeSection } from '../../testbed/src/page-section.js';
import { atOnceBench } from './at-once-bench.js';
import { guardBench } from './guard/guard-bench.js';
import { growthBench } from './growth/growth-bench.js';
import { type BenchResult, httpBench } from './http-bench.js';
import { machineFacts } from './machine.js';
import { microBench } from './micro/micro-bench.js';
import { type Mode, type Options, parseOptions, usage } from './options.js';
import { possessionBench } from './possession/possession-bench.js';
import { withFolder } from './results-folder.js';
import { revocationsBench } from './revocations/revocations-bench.js';
import { sizeBench } from './size/size-bench.js';

const page = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

const benches: Readonly<Record<Mode, typeof httpBench>> = {
  http: httpBench,
  guard: guardBench,
  revocations: revocationsBench,
  possession: possessionBench,
  'at-once': atOnceBench,
  micro: microBench,
  size: sizeBench,
  growth: growthBench,
};

async function run(options: Options): Promise<void> {
  await withFolder(async (folder) => {
    const facts = machineFacts(folder);
    const result = await benches[options.mode](options, folder, facts, (line) => console.error(line));
    console.log(`\n${result.markdown}`);
    publish(options, result, facts);
  });
}

function publish(options: Options, { section, markdown, figures }: BenchResult, facts: object): void {
  if (options.markdown) writeSection(page, section, markdown);
  if (options.json !== null) {
    writeFileSync(options.json, JSON.stringify({ section, facts, options, figures }, null, 2));
  }
}

function optionsOf(args: readonly string[]): Options | null {
  try {
    return parseOptions(args);
  } catch (error) {
    console.error(`${sentenceOf(error)}\n\n${usage}`);
    return null;
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const options = optionsOf(process.argv.slice(2));
if (options === null) process.exitCode = 2;
else {
  await run(options).catch((error: unknown) => {
    console.error(sentenceOf(error));
    process.exitCode = 1;
  });
}
