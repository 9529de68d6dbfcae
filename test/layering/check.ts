import type { Import } from './imports.js';

/**
 * One rule about the imports of the files under `from`.
 *
 * A pattern is a path from the root or the name of a module; `*` stands for one segment, and a pattern that ends in `/`
 * or `:` stands for everything that starts with it. What `from` itself matched is always allowed.
 */
export type LayerRule = {
  readonly from: string;
  /** Not these of them. */
  readonly except?: readonly string[];
  readonly because: string;
  /** Allowed in any case, when nothing of the import is left after compiling. */
  readonly mayImportTypesOf?: readonly string[];
} & (
  | {
      /** Nothing else may be imported. */
      readonly mayImport: readonly string[];
    }
  | {
      readonly forbids: readonly string[];
      /** Allowed all the same. */
      readonly butAllows?: readonly string[];
    }
);

/** One line for each import that a rule refuses. */
export function violations(imports: readonly Import[], rules: readonly LayerRule[]): string[] {
  return imports.flatMap((edge) =>
    rules
      .filter((rule) => refuses(rule, edge))
      .map((rule) => `${edge.from} imports ${edge.to}: ${rule.because}`),
  );
}

function refuses(rule: LayerRule, edge: Import): boolean {
  const own = matchedPart(rule.from, edge.from);
  if (own === null || matchesAny(rule.except ?? [], edge.from) || isWithin(own, edge.to)) return false;
  if (edge.typeOnly && matchesAny(rule.mayImportTypesOf ?? [], edge.to)) return false;
  if ('forbids' in rule)
    return matchesAny(rule.forbids, edge.to) && !matchesAny(rule.butAllows ?? [], edge.to);
  return !matchesAny(rule.mayImport, edge.to);
}

/** The part of `text` that the pattern covers, or null. */
export function matchedPart(pattern: string, text: string): string | null {
  const isPrefix = /[/:]$/.test(pattern);
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]+');
  return new RegExp(isPrefix ? `^${source}` : `^${source}$`).exec(text)?.[0] ?? null;
}

function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchedPart(pattern, text) !== null);
}

function isWithin(own: string, text: string): boolean {
  return own.endsWith('/') ? text.startsWith(own) : text === own;
}

/**
 * Groups of files that import each other in a circle, each sorted.
 *
 * Imports of types count too: two files that name each other's types are read, moved and changed together, so they are one file, or the
 * type belongs into a third one.
 */
export function cycles(imports: readonly Import[]): string[][] {
  const targets = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const known = targets.get(from) ?? new Set();
    targets.set(from, known.add(to));
  }
  const reach = new Map([...targets.keys()].map((file) => [file, reachableFrom(file, targets)]));
  const groups = new Map<string, string[]>();
  for (const [file, reached] of reach) {
    if (!reached.has(file)) continue;
    const group = [...reached].filter((other) => reach.get(other)?.has(file)).sort();
    groups.set(group.join(), group);
  }
  return [...groups.values()];
}

function reachableFrom(start: string, targets: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const next of targets.get(file) ?? []) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return reached;
}
