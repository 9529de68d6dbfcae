import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = readFileSync('docs/frameworks.md', 'utf8');

/** A block of code with the file that it says it is part of. */
const quoted = [...page.matchAll(/<!-- (examples\/\S+) -->\n```ts\n([^]*?)```/g)].map(([, file, code]) => ({
  file: String(file),
  code: String(code),
}));

const withoutIndentation = (code: string): string =>
  code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');

test('every block of code on the page of frameworks is quoted from an example', () => {
  expect(quoted.length).toBe(page.split('```ts').length - 1);
  expect(quoted.length).toBeGreaterThan(4);
});

test.each(quoted)('$file holds what the page shows of it', ({ file, code }) => {
  expect(withoutIndentation(readFileSync(file, 'utf8'))).toContain(withoutIndentation(code));
});
