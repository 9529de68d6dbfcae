import path from 'node:path';
import ts from 'typescript';

/** One import, re-export or dynamic import of a file. */
export interface Import {
  /** The importing file, from the root of the repository. */
  readonly from: string;
  /** A file of the repository, or the specifier as written when it names a package or built-in module. */
  readonly to: string;
  /** Whether nothing of it is left when compiled. */
  readonly typeOnly: boolean;
}

/** What `file` imports. Relative specifiers become paths from the root, `.js` becomes `.ts`. */
export function importsOf(file: string, text: string): Import[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const reference = readReference(node);
    if (reference !== null) {
      found.push({ from: file, to: resolve(file, reference.specifier), typeOnly: reference.typeOnly });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function readReference(node: ts.Node): { specifier: string; typeOnly: boolean } | null {
  if (ts.isImportDeclaration(node)) {
    return { specifier: textOf(node.moduleSpecifier), typeOnly: isErasedImport(node.importClause) };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { specifier: textOf(node.moduleSpecifier), typeOnly: isErasedExport(node) };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: textOf(node.argument.literal), typeOnly: true };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument === undefined ? null : { specifier: textOf(argument), typeOnly: false };
  }
  return null;
}

function isErasedImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  if (clause.name !== undefined || bindings === undefined || !ts.isNamedImports(bindings)) return false;
  return bindings.elements.length > 0 && bindings.elements.every((element) => element.isTypeOnly);
}

function isErasedExport(declaration: ts.ExportDeclaration): boolean {
  if (declaration.isTypeOnly) return true;
  const clause = declaration.exportClause;
  if (clause === undefined || !ts.isNamedExports(clause)) return false;
  return clause.elements.length > 0 && clause.elements.every((element) => element.isTypeOnly);
}

// A specifier that is computed cannot be judged, so it is kept as a name that no rule allows.
function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : '(computed)';
}

function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return path.posix.join(path.posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}
