/**
 * Changes the rotation rule in one place after the other, runs its tests on each change, and writes into `docs/mutants.md` how many of the
 * changes a test notices. Fails when one goes unnoticed.
 */
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { measuredCode, measuredCodeText } from '../testbed/src/measured-code.js';
import { writeSection } from '../testbed/src/page-section.js';

const page = 'docs/mutants.md';
const folder = 'packages/pawl/src/rotation';
const cache = 'node_modules/.cache/pawl-mutants';

type Mutant = Awaited<ReturnType<Stryker['runMutationTest']>>[number];
type Status = Mutant['status'];

function run(): Promise<readonly Mutant[]> {
  const stryker = new Stryker({
    mutate: [`${folder}/**/*.ts`],
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'vitest.mutants.config.ts', related: false },
    coverageAnalysis: 'perTest',
    incremental: true,
    incrementalFile: `${cache}/incremental.json`,
    ignorePatterns: [
      '/*',
      '!/package.json',
      '!/tsconfig.base.json',
      '!/vitest.mutants.config.ts',
      '!/packages',
    ],
    concurrency: 2,
    // A change that nothing notices runs every search to its end, and must not pass for one that hangs.
    timeoutFactor: 4,
    reporters: ['clear-text', 'progress-append-only'],
    clearTextReporter: { logTests: false, reportTests: false, reportScoreTable: false },
    allowConsoleColors: false,
  });
  return stryker.runMutationTest();
}

/** One row: a file, and what became of its mutants. */
function row(name: string, mutants: readonly Mutant[]): string {
  const count = (status: Status): number => mutants.filter((mutant) => mutant.status === status).length;
  const [killed, survived, uncovered, timeout] = (
    ['Killed', 'Survived', 'NoCoverage', 'Timeout'] as const
  ).map(count);
  const score = mutants.length === 0 ? '–' : `${percent((killed ?? 0) + (timeout ?? 0), mutants.length)} %`;
  return `| ${[name, mutants.length, killed, survived, uncovered, timeout, score].join(' | ')} |`;
}

function percent(part: number, whole: number): string {
  return ((100 * part) / whole).toFixed(1).replace('.0', '');
}

function table(mutants: readonly Mutant[]): string {
  const files = [...new Set(mutants.map(({ fileName }) => fileName))].sort();
  return [
    '| file | mutants | killed | survived | no coverage | timeout | score |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...files.map((file) =>
      row(
        `\`${path.relative('', file)}\``,
        mutants.filter(({ fileName }) => fileName === file),
      ),
    ),
    row('all', mutants),
  ].join('\n');
}

/** What was measured, when and on what. */
function provenance(): string {
  const machine = `${availableParallelism()} cores of ${cpus()[0]?.model.trim() ?? 'an unknown processor'}`;
  return `${measuredCodeText(measuredCode())} Node ${process.version}; ${machine}`;
}

const measured = provenance();
const mutants = await run();
writeSection(page, 'mutants', `${table(mutants)}\n\n${measured}`);
if (mutants.some(({ status }) => status !== 'Killed' && status !== 'Timeout')) process.exitCode = 1;
