import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { importsOf } from './layering/imports.js';

/** A part of the tests: files that need the same. */
export interface Part {
  readonly name: PartName;
  /** What a machine must have for it, beside Node and what `npm ci` installs. */
  readonly needs: string;
  /** Files of tests, from the root of the repository. */
  readonly files: readonly string[];
}

const needs = {
  pure: 'nothing',
  'shared-servers': 'Redis and PostgreSQL: one of each, which all files share',
  'own-servers':
    'Redis, PostgreSQL, nginx: private ones with settings of their own, frozen, killed, failed over',
  browsers: 'Chromium: one, which the files share but for those that end it',
  foreign: 'programs of other makers and languages',
  abuse: 'the machine for itself',
} as const;

export type PartName = keyof typeof needs;

export function isPart(text: string): text is PartName {
  return Object.hasOwn(needs, text);
}

/** The parts of `npm test`, in their order. `npm run foreign` and `npm run abuse` run the others. */
export const ordinaryParts: readonly PartName[] = ['pure', 'shared-servers', 'browsers', 'own-servers'];

const testFolders = ['packages/pawl/test', 'packages/server/test', 'lab/test', 'test'];

/** Tests run on each store that is listed there; those that need Node alone run with the pure ones. */
const storeKinds = 'packages/pawl/test/authority/stores.ts';

/** What a file loads says which part it belongs to: the first row of which it loads something. */
const servers: readonly (readonly [PartName, RegExp])[] = [
  ['browsers', /^testbed\/src\/(?:vitest\/shared-browser|chromium)\.ts$/],
  ['own-servers', /^testbed\/src\/(?:redis-\w+|postgres-server|nginx-server|certificate)\.ts$/],
  ['shared-servers', /^testbed\/src\/vitest\/shared-place\.ts$/],
];

/** The parts of the tests, read from what their files import. */
export function readParts(root: string): readonly Part[] {
  const loadedBy = new Reader(root);
  const filesOf = new Map<PartName, string[]>();
  for (const file of testFolders.flatMap((folder) => testFilesIn(root, folder))) {
    for (const part of partsOf(file, loadedBy.all(file)))
      filesOf.set(part, [...(filesOf.get(part) ?? []), file]);
  }
  return Object.entries(needs).map(([name, needed]) => ({
    name: name as PartName,
    needs: needed,
    files: filesOf.get(name as PartName) ?? [],
  }));
}

/** @param loaded - what the file loads, directly or not */
export function partsOf(file: string, loaded: ReadonlySet<string>): readonly PartName[] {
  const [, folder] = /^test\/(foreign|abuse)\//.exec(file) ?? [];
  if (folder !== undefined) return [folder as PartName];
  const [part] = servers.find(([, pattern]) => [...loaded].some((one) => pattern.test(one))) ?? ['pure'];
  return part === 'shared-servers' && loaded.has(storeKinds) ? ['pure', part] : [part];
}

function testFilesIn(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .sort();
}

/** Reads what files load; sources do not load what tests start. */
class Reader {
  readonly #root: string;
  readonly #direct = new Map<string, readonly string[]>();

  constructor(root: string) {
    this.#root = root;
  }

  all(file: string, found: Set<string> = new Set()): ReadonlySet<string> {
    for (const imported of this.#read(file)) {
      if (found.has(imported)) continue;
      found.add(imported);
      this.all(imported, found);
    }
    return found;
  }

  #read(file: string): readonly string[] {
    let imported = this.#direct.get(file);
    if (imported === undefined) {
      imported = importsOf(file, readFileSync(path.join(this.#root, file), 'utf8'))
        .filter(({ to, typeOnly }) => !typeOnly && /(?:^|\/)(?:test|testbed)\/.*\.ts$/.test(to))
        .map(({ to }) => to);
      this.#direct.set(file, imported);
    }
    return imported;
  }
}
