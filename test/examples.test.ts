import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { describe, expect, test } from 'vitest';
import { importsOf } from './layering/imports.js';
import { repositoryFiles } from './repository.js';

interface Manifest {
  readonly version?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Manifest;
}

const pinned: Readonly<Record<string, string | undefined>> = {
  ...readManifest('.').devDependencies,
  pawl: readManifest('packages/pawl').version,
  'pawl-server': readManifest('packages/server').version,
};

/** Needed on Node 20 by whoever opens a SQLite file, and imported by Pawl. */
const sqliteDriver = '@photostructure/sqlite';

/** `@scope/name/subpath` to `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Of what `importsOf` tells: relative specifiers are paths of TypeScript files there. */
const isFile = (to: string): boolean => /\.tsx?$/.test(to);

const examples = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(3);
});

describe.each(examples)('examples/%s', (name) => {
  const folder = `examples/${name}`;
  const { scripts = {}, dependencies = {} } = readManifest(folder);
  const imported = repositoryFiles()
    .filter((file) => file.startsWith(`${folder}/`) && file.endsWith('.ts'))
    .flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));
  const specifiers = imported.map(({ to }) => to);

  test('has a smoke script', () => {
    expect(Object.keys(scripts)).toContain('smoke');
  });

  test('imports no file outside of its folder', () => {
    expect(specifiers.filter((to) => isFile(to) && !to.startsWith(`${folder}/`))).toEqual([]);
  });

  test('names the packages that it uses and no others, in the versions of this repository', () => {
    const packages = specifiers.filter((to) => !isFile(to) && !isBuiltin(to));
    const programs = Object.values(scripts).flatMap((script) => /--import (\S+)/.exec(script)?.[1] ?? []);
    const drivers = specifiers.includes('pawl/stores/sqlite') ? [sqliteDriver] : [];
    const used = new Set([...packages.map(packageOf), ...programs, ...drivers]);
    expect(dependencies).toEqual(
      Object.fromEntries([...used].map((dependency) => [dependency, pinned[dependency]])),
    );
  });
});
