import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { promises } from '../src/promises.js';
import { type Cell, type Row, runLab } from '../src/lab.js';
import { renderMarkdown } from '../src/report/markdown.js';
import { scenarios } from '../src/scenarios/registry.js';

/** Promises that nothing can show until the part that keeps them exists. */
const later = ['P9'];

/** The whole lab, played once for all tests of this file. */
let rows: readonly Row[] = [];

beforeAll(async () => {
  rows = await runLab();
});

function cell(scenario: string, mode: string): Cell {
  const row = rows.find((one) => one.scenario.name === scenario);
  const found = row?.cells.find((one) => one.mode.name === mode);
  if (found === undefined) throw new Error(`no cell ${scenario}, ${mode}`);
  return found;
}

describe('the whole lab', () => {
  test('keeps every promise and every stated limit', () => {
    const broken = rows.flatMap(({ scenario, cells }) =>
      cells.flatMap(({ mode, broken: found }) =>
        found.map((why) => `${scenario.name}, ${mode.name}: ${why}`),
      ),
    );
    expect(broken).toEqual([]);
  });

  test('is the table that the README shows', () => {
    const [, shown = ''] =
      /<!-- lab -->\n([^]*?)\n<!-- \/lab -->/.exec(readFileSync('README.md', 'utf8')) ?? [];
    expect(shown.trim()).toBe(renderMarkdown(rows));
  });

  test('shows every promise that can be shown in at least one cell', () => {
    const shown = scenarios.flatMap(({ expected }) => Object.values(expected).map(({ promise }) => promise));
    const ids = Object.keys(promises);
    expect(ids.filter((id) => !(shown as string[]).includes(id))).toEqual(later);
  });

  test('explains every limit that it shows', () => {
    const silent = rows.flatMap(({ scenario, cells }) =>
      cells
        .filter(({ expected }) => expected?.promise === 'limit' && expected.note === undefined)
        .map(({ mode }) => `${scenario.name}, ${mode.name}`),
    );
    expect(silent).toEqual([]);
  });

  test('never logs an honest user out of a bound session, with a store that kept its keys', () => {
    const loggedOut = rows
      .filter(({ scenario }) => scenario.name !== 'restored-backup-older-than-keys')
      .filter(({ scenario }) => cell(scenario.name, 'bound').facts.falseLogouts > 0);
    expect(loggedOut.map(({ scenario }) => scenario.name)).toEqual([]);
  });

  test('gives a thief of tokens nothing in a bound session', () => {
    const robbed = rows
      .filter(({ scenario }) => scenario.name !== 'leaked-access-key')
      .filter(({ scenario }) => (cell(scenario.name, 'bound').facts.thief?.lastedSeconds ?? null) !== null);
    expect(robbed.map(({ scenario }) => scenario.name)).toEqual([]);
  });
});

describe('the baselines', () => {
  const thirtyDaysSeconds = 30 * 86_400;

  test('leave a stolen stateless token good until it expires, whatever the operator and the owner do', () => {
    for (const scenario of ['stolen-long-lived-token', 'logout-with-expired-token']) {
      const lasted = cell(scenario, 'stateless').facts.thief?.lastedSeconds ?? 0;
      expect(lasted, scenario).toBeGreaterThan(thirtyDaysSeconds * 0.98);
      expect(lasted, scenario).toBeLessThanOrEqual(thirtyDaysSeconds);
    }
  });

  test('log every stateless user out when the secret is replaced', () => {
    expect(cell('secret-rotation', 'stateless').facts.falseLogouts).toBe(40);
  });

  test('let whoever reads the table of sessions in', () => {
    expect(cell('stolen-database', 'session').facts.thief?.stillIn).toBe(true);
  });

  test('notice no thief beside an active user', () => {
    for (const mode of ['stateless', 'session']) {
      expect(cell('stolen-token-user-active', mode).facts.thief?.stillIn, mode).toBe(true);
    }
  });

  test('are held to no promise', () => {
    const held = rows.flatMap(({ cells }) => cells).filter(({ mode }) => mode.kind === 'baseline');
    expect(held.filter(({ expected, broken }) => expected !== null || broken.length > 0)).toEqual([]);
  });
});
