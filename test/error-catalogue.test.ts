import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { type ErrorCode, type ErrorEntry, errors } from '../packages/pawl/src/errors.js';

interface Row {
  readonly code: string;
  readonly entry: ErrorEntry;
  readonly when: string;
}

/** Rows of the form: | `code` | status | `OAuth error` | public text | retry | when | */
function documentedRows(markdown: string): Row[] {
  const row = /^\| `(\w+)` \| (\d{3}) \| `(\w+)` \| (.+?) \| (yes|no) \| (.+?) \|$/gm;
  return [...markdown.matchAll(row)].map(([, code, status, oauthError, publicText, retry, when]) => ({
    code: String(code),
    entry: {
      status: Number(status),
      oauthError: String(oauthError),
      publicText: String(publicText),
      retry: retry === 'yes',
    },
    when: String(when),
  }));
}

/** The members of the `ErrorCode` union as they are written in the source. */
function writtenCodes(source: ts.SourceFile): string[] {
  const alias = source.statements.find(
    (statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === 'ErrorCode',
  );
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  if (alias !== undefined) visit(alias);
  return found;
}

const rows = documentedRows(readFileSync('docs/errors.md', 'utf8'));

describe('the error catalogue', () => {
  test('is what docs/errors.md says, in the same order', () => {
    expect(rows.map(({ code, entry }) => [code, entry])).toEqual(Object.entries(errors));
  });

  test('has one member of the type for each entry', () => {
    expectTypeOf<keyof typeof errors>().toEqualTypeOf<ErrorCode>();
    const path = 'packages/pawl/src/errors.ts';
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
    expect(writtenCodes(source).sort()).toEqual(Object.keys(errors).sort());
  });

  test('answers with a status of an error and one sentence', () => {
    for (const [code, entry] of Object.entries(errors)) {
      expect(entry.status, code).toBeGreaterThanOrEqual(400);
      expect(entry.publicText, code).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('says of every code when it occurs', () => {
    for (const { code, when } of rows) expect(when, code).toMatch(/^[A-Z`].{10,}\.$/);
  });
});
