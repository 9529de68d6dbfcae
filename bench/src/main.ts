import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeSection } from '../../testbed/src/page-section.js';
import { benches } from './benches.js';
import type { BenchResult } from './http-bench.js';
import { machineFacts } from './machine.js';
import { type Options, parseOptions, usage } from './options.js';
import { withFolder } from './results-folder.js';
import { smoke } from './smoke.js';

const page = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

async function run(options: Options): Promise<void> {
  if (options.smoke) {
    await smoke(options, say);
    return;
  }
  await withFolder(async (folder) => {
    const facts = machineFacts(folder);
    const result = await benches[options.mode](options, folder, facts, say);
    console.log(`\n${result.markdown}`);
    publish(options, result, facts);
  });
}

function say(line: string): void {
  console.error(line);
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
    // Servers and connections that the failure left open would keep this process; they end with it.
    process.exit(1);
  });
}
