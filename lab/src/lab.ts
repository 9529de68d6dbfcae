import { judge } from './judge.js';
import type { Mode } from './modes/mode.js';
import { modes as allModes } from './modes/registry.js';
import { scenarios as allScenarios } from './scenarios/registry.js';
import type { Expectation, Scenario } from './scenarios/scenario.js';
import type { Scene } from './simulation/story.js';
import { type Facts, Stage } from './stage.js';

export const defaultSeed = 'pawl';

/** One scenario in one mode. */
export interface Cell {
  readonly mode: Mode;
  readonly facts: Facts;
  /** Null for a baseline. */
  readonly expected: Expectation | null;
  /** One sentence for each expectation that was not met. */
  readonly broken: readonly string[];
  readonly scenes: readonly Scene[];
}

export interface Row {
  readonly scenario: Scenario;
  readonly cells: readonly Cell[];
}

export interface LabOptions {
  readonly seed?: string;
  readonly modes?: readonly Mode[];
  readonly scenarios?: readonly Scenario[];
}

/** Plays every scenario in every mode, each in a world of its own. The same seed gives the same rows. */
export async function runLab(options: LabOptions = {}): Promise<readonly Row[]> {
  const { seed = defaultSeed, modes = allModes, scenarios = allScenarios } = options;
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    const cells: Cell[] = [];
    for (const mode of modes) cells.push(await playCell(scenario, mode, seed));
    rows.push({ scenario, cells });
  }
  return rows;
}

async function playCell(scenario: Scenario, mode: Mode, seed: string): Promise<Cell> {
  const expected = scenario.expected[mode.name] ?? null;
  if (mode.kind === 'pawl' && expected === null) {
    throw new Error(`${scenario.name} says nothing about the mode ${mode.name}`);
  }
  const stage = await Stage.build(mode, `${seed} ${scenario.name} ${mode.name}`);
  await stage.world.play(() => scenario.play(stage));
  const facts = stage.facts();
  return {
    mode,
    facts,
    expected,
    broken: expected === null ? [] : judge(facts, expected),
    scenes: stage.story.scenes,
  };
}
