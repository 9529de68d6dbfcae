import { existsSync, readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { errors } from '../packages/pawl/src/errors.js';

interface Conditions {
  readonly 'pawl-source': string;
  readonly types: string;
  readonly default: string;
}

const root = 'packages/pawl/';
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  exports: Record<string, Conditions | string>;
};
const subpaths = Object.entries(manifest.exports).flatMap(([subpath, target]) =>
  typeof target === 'string' ? [] : [{ subpath, target }],
);

const config = ts.getParsedCommandLineOfConfigFile(
  `${root}tsconfig.json`,
  {},
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
    },
  },
);
const program = ts.createProgram(config?.fileNames ?? [], config?.options ?? {});
const checker = program.getTypeChecker();

/** The declarations behind the exports of one entry file, by name. */
function exportsOf(entry: string): { name: string; symbol: ts.Symbol }[] {
  const file = program.getSourceFile(`${root}${entry.replace('./', '')}`);
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${entry} is not a module of the library`);
  return checker.getExportsOfModule(module).map((symbol) => ({
    name: symbol.name,
    symbol: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  }));
}

/** A named union or shape of types says what it is; everything with a behaviour or members needs a sentence. */
const documented =
  ts.SymbolFlags.Function | ts.SymbolFlags.Variable | ts.SymbolFlags.Class | ts.SymbolFlags.Interface;

/** Codes of the errors that calling the function throws in its own body, or in functions that it calls by name. */
function thrownBy(declaration: ts.FunctionDeclaration, seen = new Set<ts.Node>()): Set<string> {
  const codes = new Set<string>();
  if (seen.has(declaration)) return codes;
  seen.add(declaration);
  const visit = (node: ts.Node): void => {
    // What a nested function throws, its caller gets; what a try block throws may be caught.
    if (ts.isFunctionLike(node)) return;
    if (ts.isTryStatement(node) && node.catchClause !== undefined) {
      visit(node.catchClause.block);
      return;
    }
    if (ts.isThrowStatement(node)) codesOf(node.expression).forEach((code) => codes.add(code));
    if (ts.isCallExpression(node)) {
      const callee = checker.getResolvedSignature(node)?.declaration;
      if (callee !== undefined && ts.isFunctionDeclaration(callee)) {
        thrownBy(callee, seen).forEach((code) => codes.add(code));
      }
    }
    ts.forEachChild(node, visit);
  };
  if (declaration.body !== undefined) ts.forEachChild(declaration.body, visit);
  return codes;
}

function codesOf(thrown: ts.Expression): string[] {
  if (!ts.isNewExpression(thrown) || thrown.expression.getText() !== 'PawlError') return [];
  const code = thrown.arguments?.[0];
  return code !== undefined && ts.isStringLiteral(code) ? [code.text] : [];
}

function throwsTags(symbol: ts.Symbol): string {
  return symbol
    .getJsDocTags(checker)
    .filter((tag) => tag.name === 'throws')
    .map((tag) => ts.displayPartsToString(tag.text))
    .join('\n');
}

describe('subpaths of pawl', () => {
  test('are folders, or files, of the same name', () => {
    for (const { subpath, target } of subpaths) {
      const stem = subpath === '.' ? 'index' : subpath.slice(2);
      const candidates = [`./src/${stem}.ts`, `./src/${stem}/index.ts`];
      expect(candidates, subpath).toContain(target['pawl-source']);
      const built = target['pawl-source'].replace('./src/', './dist/').replace(/\.ts$/, '');
      expect([target.types, target.default], subpath).toEqual([`${built}.d.ts`, `${built}.js`]);
    }
  });

  test('are all folders that have an index', () => {
    const indexes = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('/index.ts'))
      .map((file) => `./${file.replace('/index.ts', '')}`);
    expect(subpaths.map(({ subpath }) => subpath)).toEqual(expect.arrayContaining(indexes));
  });

  test('exist, as source and as built', () => {
    const targets = subpaths.flatMap(({ target }) => Object.values(target) as string[]);
    expect(targets.filter((file) => !existsSync(`${root}${file}`))).toEqual([]);
  });
});

describe('public exports', () => {
  test.each(subpaths)('of $subpath have a doc comment', ({ target }) => {
    const bare = exportsOf(target['pawl-source'])
      .filter(({ symbol }) => symbol.flags & documented)
      .filter(({ symbol }) => symbol.getDocumentationComment(checker).length === 0)
      .map(({ name }) => name);
    expect(bare).toEqual([]);
  });

  test.each(subpaths)('of $subpath name the error codes that they throw', ({ target }) => {
    const unnamed = exportsOf(target['pawl-source']).flatMap(({ name, symbol }) => {
      const tags = throwsTags(symbol);
      return (symbol.declarations ?? [])
        .filter(ts.isFunctionDeclaration)
        .flatMap((declaration) => [...thrownBy(declaration)])
        .filter((code) => !tags.includes(`\`${code}\``))
        .map((code) => `${name} throws ${code}`);
    });
    expect(unnamed).toEqual([]);
  });

  test.each(subpaths)('of $subpath name only error codes that exist', ({ target }) => {
    const invented = exportsOf(target['pawl-source']).flatMap(({ name, symbol }) =>
      [...throwsTags(symbol).matchAll(/PawlError\S* `(\w+)`/g)]
        .map(([, code]) => String(code))
        .filter((code) => !Object.hasOwn(errors, code))
        .map((code) => `${name} names ${code}`),
    );
    expect(invented).toEqual([]);
  });
});
