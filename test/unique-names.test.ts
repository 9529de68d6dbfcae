import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { repositoryFiles } from './repository.js';

/** The names of the types, interfaces and classes that a file declares and exports. What it passes on from another file is not declared here. */
function declaredTypes(text: string): string[] {
  const source = ts.createSourceFile('read.tsx', text, ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const isType =
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isClassDeclaration(statement);
    if (!isType || statement.name === undefined) return [];
    const isExported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    return isExported ? [statement.name.text] : [];
  });
}

/** One line for each name that several files declare. */
function declaredTwice(texts: Readonly<Record<string, string>>): string[] {
  const files = new Map<string, string[]>();
  for (const [file, text] of Object.entries(texts)) {
    for (const name of new Set(declaredTypes(text))) files.set(name, [...(files.get(name) ?? []), file]);
  }
  return [...files]
    .filter(([, declaring]) => declaring.length > 1)
    .map(([name, declaring]) => `${name}: ${declaring.join(', ')}`);
}

function textsOf(root: string): Record<string, string> {
  const sources = repositoryFiles().filter((file) => file.startsWith(root) && /\.tsx?$/.test(file));
  return Object.fromEntries(sources.map((file) => [file, readFileSync(file, 'utf8')]));
}

describe('a name of an exported type', () => {
  test.each(['packages/pawl/src/', 'packages/server/src/'])('stands for one type in %s', (root) => {
    const texts = textsOf(root);
    expect(Object.keys(texts).length).toBeGreaterThan(5);
    expect(declaredTwice(texts)).toEqual([]);
  });

  test.each([
    ['export interface Gate {}', 'export type Gate = string;'],
    ['export class Gate {}', 'export interface Gate {}'],
    ['export abstract class Gate {}', 'export declare class Gate {}'],
  ])('is found twice in %s and %s', (a, b) => {
    expect(declaredTwice({ 'a.ts': a, 'b.ts': b })).toEqual(['Gate: a.ts, b.ts']);
  });

  test.each([
    ["export type { Gate } from './a.js';"],
    ["import type { Gate } from './a.js'; export { type Gate };"],
    ['interface Gate {}'],
    ['export const Gate = 1;'],
  ])('is not declared by %s', (text) => {
    expect(declaredTwice({ 'a.ts': 'export interface Gate {}', 'b.ts': text })).toEqual([]);
  });
});
