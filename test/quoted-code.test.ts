import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as stores from '../packages/pawl/src/stores/index.js';

/** Pages whose code is that of examples, with how many blocks they have at least. */
const pages = [
  { page: 'docs/frameworks.md', least: 5 },
  { page: 'docs/logins.md', least: 5 },
  { page: 'docs/writing-a-store.md', least: 3 },
].map((row) => ({ ...row, text: readFileSync(row.page, 'utf8') }));

/** A block of code with the file that it says it is part of. */
function quotedIn(text: string): { readonly file: string; readonly code: string }[] {
  return [...text.matchAll(/<!-- (examples\/\S+) -->\n```ts\n([^]*?)```/g)].map(([, file, code]) => ({
    file: String(file),
    code: String(code),
  }));
}

const withoutIndentation = (code: string): string =>
  code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

describe.each(pages)('$page', ({ text, least }) => {
  const quoted = quotedIn(text);

  test('quotes every block of code from an example', () => {
    expect(quoted.length).toBe(text.split('```ts').length - 1);
    expect(quoted.length).toBeGreaterThanOrEqual(least);
  });

  test.each(quoted)('shows what $file holds', ({ file, code }) => {
    expect(withoutIndentation(readFileSync(file, 'utf8'))).toContain(withoutIndentation(code));
  });
});

test('the guide for authors of stores names everything that pawl/stores exports', () => {
  const guide = readFileSync('docs/writing-a-store.md', 'utf8');
  const [, table = ''] = guide.split('\n## What is exported for it\n');
  expect(Object.keys(stores).filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});
