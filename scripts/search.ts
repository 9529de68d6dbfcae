/**
 * Searches every theorem of the rotation rule: the instances of its tests, and larger ones, which take some minutes. With `--quick` those of the tests only.
 * A line for each; with `--json` an object for each, `{ theorem, states, seconds, counterexample }`, the last one null or the lines of
 * the shortest run. Ends with 1 when a theorem is false.
 */
import { parseArgs } from 'node:util';
import { largeTheorems } from '../packages/pawl/test/rotation/large-theorems.js';
import * as outages from '../packages/pawl/test/rotation/outage-theorems.js';
import type { Theorem } from '../packages/pawl/test/rotation/theorem.js';
import * as calm from '../packages/pawl/test/rotation/theorems.js';
import { linesOf } from '../packages/pawl/test/rotation/trace.js';

interface Found {
  readonly theorem: string;
  readonly states: number;
  readonly seconds: number;
  readonly counterexample: readonly string[] | null;
}

function readOptions(): { readonly json: boolean; readonly quick: boolean } {
  try {
    const { values } = parseArgs({
      options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
    });
    return values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`search takes --quick and --json, and nothing else. ${reason}`);
    // Nothing has begun that an exit would cut off.
    process.exit(2);
  }
}

function searched({ name, explore }: Theorem): Found {
  const startedAt = performance.now();
  const { states, counterexample } = explore();
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  return {
    theorem: name,
    states,
    seconds,
    counterexample: counterexample === null ? null : linesOf(counterexample),
  };
}

function lineOf({ theorem, states, seconds, counterexample }: Found): string {
  const verdict = counterexample === null ? 'holds' : 'FALSE';
  const line = `${verdict}  ${String(states).padStart(9)} states  ${seconds.toFixed(1).padStart(6)} s  ${theorem}`;
  return [line, ...(counterexample ?? [])].join('\n');
}

const { json, quick } = readOptions();
const ofTests = [...Object.values(calm), ...Object.values(outages)].flat();
for (const theorem of quick ? ofTests : [...ofTests, ...largeTheorems]) {
  const found = searched(theorem);
  console.log(json ? JSON.stringify(found) : lineOf(found));
  if (found.counterexample !== null) process.exitCode = 1;
}
