import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { scenarios } from '../lab/src/scenarios/registry.js';

const security = readFileSync('SECURITY.md', 'utf8');

/** The last cell of each row of the table of threats. */
const scenarioCells = security
  .slice(security.indexOf('## Threats'), security.indexOf('## What stays true'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| threat'))
  .map((line) => line.split('|').at(-2) ?? '');

test('every threat names a scenario of the lab, and every scenario of the lab is a threat', () => {
  const named = scenarioCells.flatMap((cell) =>
    [...cell.matchAll(/`([a-z0-9-]+)`/g)].map(([, name]) => name),
  );
  const known = scenarios.map(({ name }) => name);
  expect(scenarioCells.length).toBeGreaterThan(0);
  expect(named.sort()).toEqual(known.sort());
});

test('every path that the page names exists', () => {
  const paths = [...security.matchAll(/`(packages\/[\w./-]+)`/g)].map(([, path]) => path ?? '');
  expect(paths.length).toBeGreaterThan(0);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});
