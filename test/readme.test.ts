import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const readme = readFileSync('README.md', 'utf8');

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
function shown(name: string): string {
  const [, text] = new RegExp(`<!-- ${name} -->\n([^]*?)\n<!-- /${name} -->`).exec(readme) ?? [];
  return (text ?? '').trim();
}

describe('the README', () => {
  test('shows figures that stand in docs/performance.md', () => {
    const performance = readFileSync('docs/performance.md', 'utf8');
    const rows = shown('bench')
      .split('\n')
      .filter((line) => line.startsWith('| '));
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.filter((row) => !performance.includes(row))).toEqual([]);
  });

  test('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path ?? '');
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((path) => !existsSync(path))).toEqual([]);
  });
});
