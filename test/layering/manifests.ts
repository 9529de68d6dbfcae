import path from 'node:path';
import type { Import } from './imports.js';

/** The dependencies that a package.json lists. */
interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** One line for each import of a package that the package.json of the importing folder does not list. */
export function unlisted(folder: string, imports: readonly Import[], manifest: string): string[] {
  const { dependencies, peerDependencies } = JSON.parse(manifest) as Manifest;
  const listed = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
  return imports
    .filter(({ from, to }) => from.startsWith(`${folder}/src/`) && isPackage(to) && !listed.has(nameOf(to)))
    .map(({ from, to }) => `${from} imports ${to}, which ${folder}/package.json does not list`);
}

/** Files of the repository and built-in modules are none, nor is a specifier that is computed. */
function isPackage(specifier: string): boolean {
  return !/^(?:packages\/|lab\/|node:|\()/.test(specifier);
}

function nameOf(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
}

/** What a tsconfig.json writes outside of its own folder. */
export function writtenElsewhere(file: string, text: string): string[] {
  const { compilerOptions = {} } = JSON.parse(text) as {
    readonly compilerOptions?: { readonly outDir?: string; readonly tsBuildInfoFile?: string };
  };
  const folder = path.posix.dirname(file);
  return [compilerOptions.outDir, compilerOptions.tsBuildInfoFile]
    .filter((target) => target !== undefined)
    .map((target) => path.posix.join(folder, target))
    .filter((target) => !target.startsWith(`${folder}/`));
}
