import { parseArgs } from 'node:util';
import { defaultSeed, type LabOptions, type Row, runLab } from './lab.js';
import { modes as allModes } from './modes/registry.js';
import { renderJson } from './report/json.js';
import { renderMarkdown } from './report/markdown.js';
import { renderStory } from './report/story.js';
import { renderTable } from './report/table.js';
import { scenarios as allScenarios } from './scenarios/registry.js';
import type { Scenario } from './scenarios/scenario.js';

const usage = `Usage: lab [options]

Plays attacks and accidents against Pawl and two baselines, in simulated time, and checks what Pawl promises.

  --scenario NAME   one scenario, told step by step; may be repeated
  --mode NAME       only this mode; may be repeated
  --list            the scenarios and modes, without playing them
  --markdown        the table for a Markdown page
  --json            every cell with what was expected and what was found
  --seed TEXT       draws of the network and of tokens; default "${defaultSeed}"
  --help

Exit status: 0 when every promise is kept, 1 when one is broken, 2 for a wrong option.`;

/** Where the lab prints to. */
export interface Output {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

const optionTypes = {
  scenario: { type: 'string', multiple: true },
  mode: { type: 'string', multiple: true },
  list: { type: 'boolean' },
  markdown: { type: 'boolean' },
  json: { type: 'boolean' },
  seed: { type: 'string' },
  help: { type: 'boolean' },
} as const;

interface Arguments {
  readonly scenario?: string[];
  readonly mode?: string[];
  readonly list?: boolean;
  readonly markdown?: boolean;
  readonly json?: boolean;
  readonly seed?: string;
  readonly help?: boolean;
}

/** The command line of the lab. `laboratory` replaces what is played. Resolves to the exit status. */
export async function runCli(
  args: readonly string[],
  { out, error }: Output,
  laboratory: Pick<LabOptions, 'modes' | 'scenarios'> = {},
): Promise<number> {
  const { modes = allModes, scenarios = allScenarios } = laboratory;
  let chosen: Arguments;
  let played: Required<LabOptions>;
  try {
    chosen = parseArgs({ args: [...args], options: optionTypes }).values;
    played = {
      seed: chosen.seed ?? defaultSeed,
      scenarios: choose('scenario', scenarios, chosen.scenario),
      modes: choose('mode', modes, chosen.mode),
    };
  } catch (cause) {
    error(`${cause instanceof Error ? cause.message : String(cause)}\n\n${usage}`);
    return 2;
  }
  if (chosen.help === true) {
    out(usage);
    return 0;
  }
  if (chosen.list === true) {
    out(renderList(played));
    return 0;
  }
  const rows = await runLab(played);
  out(render(rows, chosen, played.seed));
  const broken = brokenPromises(rows);
  for (const sentence of broken) error(`broken: ${sentence}`);
  return broken.length === 0 ? 0 : 1;
}

function choose<Named extends { readonly name: string }>(
  what: string,
  all: readonly Named[],
  names: readonly string[] | undefined,
): readonly Named[] {
  if (names === undefined) return all;
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new Error(`There is no ${what} "${unknown}". There are: ${all.map(({ name }) => name).join(', ')}`);
  }
  return all.filter(({ name }) => names.includes(name));
}

function render(rows: readonly Row[], chosen: Arguments, seed: string): string {
  if (chosen.json === true) return renderJson(rows, seed);
  if (chosen.markdown === true) return renderMarkdown(rows);
  if (chosen.scenario !== undefined) return rows.map(renderStory).join('\n\n');
  const cells = rows.flatMap((row) => row.cells).filter(({ expected }) => expected !== null);
  const limits = cells.filter(({ expected }) => expected?.promise === 'limit').length;
  const kept = cells.filter(({ expected, broken }) => expected?.promise !== 'limit' && broken.length === 0);
  const promised = cells.length - limits;
  const summary = `${kept.length} of ${promised} promises kept, ${limits} stated limits. Baselines promise nothing and are shown as they are.`;
  return `${renderTable(rows)}\n\n${summary}`;
}

function renderList({ scenarios, modes }: Required<LabOptions>): string {
  const width = Math.max(...[...scenarios, ...modes].map(({ name }) => name.length));
  return [
    'scenarios',
    ...scenarios.map(
      ({ name, question, expected }) =>
        `  ${name.padEnd(width)}  ${question} (${promisesShown(expected).join(', ')})`,
    ),
    'modes',
    ...modes.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
  ].join('\n');
}

/** The promises that a scenario shows in some mode; `limit` where it shows the end of one. */
function promisesShown(expected: Scenario['expected']): string[] {
  return [...new Set(Object.values(expected).map(({ promise }) => promise))].sort();
}

function brokenPromises(rows: readonly Row[]): string[] {
  return rows.flatMap(({ scenario, cells }) =>
    cells.flatMap(({ mode, broken }) =>
      broken.map((sentence) => `${scenario.name}, ${mode.name}: ${sentence}`),
    ),
  );
}
