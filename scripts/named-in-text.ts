/** A name that code imports from a public subpath. */
export interface CodeUse {
  readonly subpath: string;
  readonly name: string;
}

const bindings = '\\{([^{}]*)\\}';
const subpath = `['"](pawl(?:-server)?(?:/[^'"]*)?)['"]`;

/** `import { a } from 'pawl'`, `export type { A } from 'pawl'`, `const { a } = await import('pawl')`. */
const named = new RegExp(
  `(?:import|export)(?: type)? ${bindings} from ${subpath}|${bindings} = await import\\(${subpath}\\)`,
  'g',
);

/** `import('pawl').A`. */
const inline = new RegExp(`import\\(${subpath}\\)\\.(\\w+)`, 'g');

export function isCode(file: string): boolean {
  return /\.(?:[cm]?[jt]sx?|html)$/.test(file);
}

/** The names that a text in JavaScript or TypeScript imports from Pawl. */
export function namesInCode(text: string): CodeUse[] {
  const listed = [...text.matchAll(named)].flatMap(([, imported, from, taken, by]) =>
    (imported ?? taken ?? '')
      .split(',')
      .map((item) => /^\s*(?:type )?(\w+)/.exec(item)?.[1])
      .filter((name) => name !== undefined)
      .map((name) => ({ subpath: String(from ?? by), name })),
  );
  const single = [...text.matchAll(inline)].map(([, from, name]) => ({
    subpath: String(from),
    name: String(name),
  }));
  return [...listed, ...single];
}

/** The words that stand in a document as code: between backticks, or in a block. */
export function namesInDocument(text: string): string[] {
  return [...text.matchAll(/^```\w*\n[^]*?^```|`[^`\n]+`/gm)].flatMap(([code]) => code.match(/\w+/g) ?? []);
}
