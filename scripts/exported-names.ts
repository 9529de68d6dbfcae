import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { repositoryFiles } from '../test/repository.js';
import { type CodeUse, isCode, namesInCode, namesInDocument } from './named-in-text.js';

/** A name that a public subpath exports. */
export interface ExportedName {
  /** As it is imported, such as `pawl/keys`. */
  readonly subpath: string;
  readonly name: string;
}

/** What a package exports, by subpath: the file with its sources. */
interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly 'pawl-source'?: string }>>;
}

const packages = ['packages/pawl', 'packages/server'];

/** Where a name may be used by somebody who has public subpaths only. */
const users = /^(?:examples|packages\/server\/src|lab\/src|bench\/src)\//;

/** What is written for users. */
const documents = /^(?:README\.md|docs\/[^/]+\.md)$/;

interface Door extends ExportedName {
  readonly symbol: ts.Symbol;
}

/** All exported names of all public subpaths, and those of them that nobody uses. */
export function exportedNames(): {
  readonly all: readonly ExportedName[];
  readonly unused: readonly ExportedName[];
} {
  const entries = packages.flatMap(entriesOf);
  const program = createProgram(entries.map(({ file }) => file));
  const checker = program.getTypeChecker();
  const all = entries.flatMap(({ subpath, file }) => doorsOf(program, checker, subpath, file));
  const isUsed = usesOf(repositoryFiles());
  const used = all.filter(isUsed);
  const inSignatures = reachedFrom(
    checker,
    used.map(({ symbol }) => symbol),
  );
  return { all, unused: all.filter((door) => !isUsed(door) && !inSignatures.has(door.symbol)) };
}

function entriesOf(folder: string): { readonly subpath: string; readonly file: string }[] {
  const { name, exports } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Manifest;
  return Object.entries(exports).flatMap(([subpath, target]) => {
    const source = typeof target === 'string' ? undefined : target['pawl-source'];
    return source === undefined
      ? []
      : [{ subpath: subpath.replace('.', name), file: path.posix.join(folder, source) }];
  });
}

function createProgram(files: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
  return ts.createProgram(files, { ...options, noEmit: true });
}

function doorsOf(program: ts.Program, checker: ts.TypeChecker, subpath: string, file: string): Door[] {
  const source = existsSync(file) ? program.getSourceFile(file) : undefined;
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} is not a module`);
  return checker
    .getExportsOfModule(module)
    .map((symbol) => ({ subpath, name: symbol.name, symbol: resolved(checker, symbol) }));
}

function resolved(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function usesOf(files: readonly string[]): (exported: ExportedName) => boolean {
  const inCode = new Map<string, Set<string>>();
  const inDocuments = new Set<string>();
  const note = ({ subpath, name }: CodeUse): void => {
    const known = inCode.get(subpath) ?? new Set();
    inCode.set(subpath, known.add(name));
  };
  for (const file of files) {
    if (users.test(file) && isCode(file)) namesInCode(readFileSync(file, 'utf8')).forEach(note);
    if (documents.test(file)) {
      namesInDocument(readFileSync(file, 'utf8')).forEach((name) => inDocuments.add(name));
    }
  }
  return ({ subpath, name }) => inCode.get(subpath)?.has(name) === true || inDocuments.has(name);
}

/** Every symbol of our own sources that the signatures of these name, and those that theirs name: parameters, results, members. */
function reachedFrom(checker: ts.TypeChecker, symbols: readonly ts.Symbol[]): Set<ts.Symbol> {
  const reached = new Set<ts.Symbol>();
  const open = [...symbols];
  const visit = (node: ts.Node): void => {
    if (ts.isBlock(node)) return;
    if (ts.isIdentifier(node)) {
      const symbol = checker.getSymbolAtLocation(node);
      if (symbol !== undefined) open.push(resolved(checker, symbol));
    }
    // What follows the type of a constant, a parameter or a member is its value.
    const { type } = node as { readonly type?: ts.Node };
    if (type !== undefined && 'initializer' in node) visit(type);
    else ts.forEachChild(node, visit);
  };
  for (let symbol = open.pop(); symbol !== undefined; symbol = open.pop()) {
    if (reached.has(symbol)) continue;
    reached.add(symbol);
    for (const declaration of symbol.declarations ?? []) {
      if (/(?:^|\/)packages\/(?:pawl|server)\/src\//.test(declaration.getSourceFile().fileName)) {
        ts.forEachChild(declaration, visit);
      }
    }
  }
  return reached;
}
