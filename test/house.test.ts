import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { repositoryFiles } from './repository.js';

const files = repositoryFiles();
const code = files.filter((file) => /\.(ts|tsx|js|mjs)$/.test(file));
const sources = code.filter((file) => /^(packages\/[^/]+|lab|bench|testbed)\/src\//.test(file));

const maxCodeLines = 300;

/** Every line, in any file, that the pattern matches, as `file:line`. */
function linesWith(pattern: RegExp, among: readonly string[]): string[] {
  return among.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}`] : [])),
  );
}

/** Lines that hold something other than comments and blanks. */
function codeLines(text: string): number {
  const source = ts.createSourceFile('counted.tsx', text, ts.ScriptTarget.Latest);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(source);
    if (children.length === 0 && node.getWidth(source) > 0) {
      const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
      const last = source.getLineAndCharacterOfPosition(node.getEnd()).line;
      for (let line = first; line <= last; line++) lines.add(line);
    }
    children.forEach(visit);
  };
  visit(source);
  return lines.size;
}

// The patterns are written so that none matches its own line.
describe('tracked files', () => {
  test('leave nothing to be done later', () => {
    expect(linesWith(/\b(?:TO(?:DO)|FIX(?:ME)|X(?:XX))\b/, files)).toEqual([]);
  });

  test('name no path of one machine', () => {
    const roots = ['work', 'tmp/bash', 'home/\\w+', 'Users/\\w+', 'root'].join('|');
    expect(linesWith(new RegExp(`(?<![\\w.:/*)])/(?:${roots})/`), files)).toEqual([]);
  });

  test('skip and single out no test', () => {
    const marked = /\b(?:describe|test|it|suite)(?:\.\w+)*\.(?:only|skip|skipIf|runIf|todo|fails)\b/;
    expect(linesWith(marked, code)).toEqual([]);
  });

  test('switch off no rule of the compiler, the linter or the formatter', () => {
    expect(linesWith(/(?:@ts-(?:ignore|nocheck)|eslint-(?:disable)|biome-(?:ignore))/, code)).toEqual([]);
  });
});

describe('coverage', () => {
  const unreasoned = /(?:[vc]8|istanbul|node:coverage) ignore (?!stop\b)(?!\w+ -- [\w`]+ [\w`]+)/;

  test('leaves out no code without a reason', () => {
    expect(linesWith(unreasoned, code)).toEqual([]);
  });

  test('takes a sentence for a reason, and nothing less', () => {
    const comment = (rest: string) => ['/* v8', 'ignore', rest, '*/'].join(' ');
    for (const rest of ['next', 'start', 'if -- no', 'next -- @preserve', 'next: the types rule it out']) {
      expect(comment(rest)).toMatch(unreasoned);
    }
    for (const rest of ['next -- the types rule it out', 'start -- `find` has told', 'stop']) {
      expect(comment(rest)).not.toMatch(unreasoned);
    }
  });
});

describe('what comes from outside', () => {
  const library = sources.filter((file) => file.startsWith('packages/pawl/src/'));
  const filesWith = (pattern: RegExp): string[] =>
    library.filter((file) => pattern.test(readFileSync(file, 'utf8')));

  test('is decoded from base64url by one function: the one of node takes texts that nothing writes', () => {
    expect(filesWith(/\b(?:from|write|update)\((?:[^()]|\([^()]*\))*, 'base64url'\)|\batob\(/)).toEqual([
      // Its issuer has just sent it, and no decision hangs on it.
      'packages/pawl/src/client/issuer-calls.ts',
    ]);
  });

  test('is read as JSON by one function, which refuses what is said twice', () => {
    const pawl = 'packages/pawl/src';
    expect(filesWith(/\bJSON\.parse\(/)).toEqual([
      // What it has written itself, a moment ago or into the store.
      `${pawl}/authority/custom-claims.ts`,
      `${pawl}/authority/session-data.ts`,
      `${pawl}/base/json-object.ts`,
      `${pawl}/base/repeated-member.ts`,
      // The client has no code of the server side.
      ...['issuer-calls.ts', 'node/lock-file.ts', 'node/revisions.ts'].map(
        (file) => `${pawl}/client/${file}`,
      ),
      ...['redis/feed.ts', 'redis/session-record.ts', 'sql/session-row.ts', 'text.ts'].map(
        (file) => `${pawl}/stores/${file}`,
      ),
    ]);
  });
});

describe('code files', () => {
  test('have names in kebab-case', () => {
    const named = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)*\.(?:ts|tsx|js|mjs)$/;
    expect(code.filter((file) => !named.test(path.basename(file)))).toEqual([]);
  });

  test('are named after an idea', () => {
    const shelf = /^(?:utils?|helpers?|common|types|misc|shared|constants|interfaces)(?:\.|$)/;
    expect(code.filter((file) => file.split('/').some((part) => shelf.test(part)))).toEqual([]);
  });

  test(`hold at most ${maxCodeLines} lines of code`, () => {
    const tooLong = sources
      .map((file) => `${file}: ${codeLines(readFileSync(file, 'utf8'))}`)
      .filter((counted) => Number(counted.split(': ')[1]) > maxCodeLines);
    expect(tooLong).toEqual([]);
  });

  test('are counted without comments and blanks', () => {
    expect(codeLines('/** a */\n\n// b\nconst c = [\n  1, // d\n];\n/* e\nf */')).toBe(3);
  });

  test('have no default export', () => {
    expect(linesWith(/^export default\b/, sources)).toEqual([]);
  });
});
