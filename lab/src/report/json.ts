import { userFate } from '../judge.js';
import type { Row } from '../lab.js';

/** Every cell with what was expected and what was found. Durations in simulated seconds. */
export function renderJson(rows: readonly Row[], seed: string): string {
  const results = rows.map(({ scenario, cells }) => ({
    scenario: scenario.name,
    title: scenario.title,
    question: scenario.question,
    modes: Object.fromEntries(
      cells.map(({ mode, facts, expected, broken }) => [
        mode.name,
        {
          kind: mode.kind,
          user: userFate(facts),
          falseLogouts: facts.falseLogouts,
          thief: facts.thief,
          measure: facts.measure,
          expected,
          broken,
        },
      ]),
    ),
  }));
  return JSON.stringify({ seed, results }, null, 2);
}
