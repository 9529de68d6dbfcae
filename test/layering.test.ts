import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { labCodeIn } from '../scripts/lab-code.js';
import { publishedPackages } from '../scripts/packed-packages.js';
import { cycles, type LayerRule, matchedPart, violations } from './layering/check.js';
import { type Import, importsOf } from './layering/imports.js';
import { unlisted, writtenElsewhere } from './layering/manifests.js';
import { layerRules } from './layering/rules.js';
import { repositoryFiles } from './repository.js';

const imports = repositoryFiles()
  .filter((file) => /^(packages|lab|bench|examples|testbed|scripts|test)\/.*\.tsx?$/.test(file))
  .flatMap((file) => importsOf(file, readFileSync(file, 'utf8')));

describe('the imports of this repository', () => {
  test('are read at all', () => {
    expect(imports.length).toBeGreaterThan(5);
  });

  test('follow the direction of dependencies', () => {
    expect(violations(imports, layerRules)).toEqual([]);
  });

  test('name only subpaths that pawl exports', () => {
    const manifest = JSON.parse(readFileSync('packages/pawl/package.json', 'utf8')) as { exports: object };
    const subpaths = new Set(Object.keys(manifest.exports).map((subpath) => subpath.replace('.', 'pawl')));
    const unknown = imports.filter(({ to }) => /^pawl(\/|$)/.test(to) && !subpaths.has(to));
    expect(unknown).toEqual([]);
  });

  test('form no circle', () => {
    expect(cycles(imports)).toEqual([]);
  });
});

function edgesOf(files: Readonly<Record<string, string>>): Import[] {
  return Object.entries(files).flatMap(([file, text]) => importsOf(file, text));
}

describe('the reader of imports', () => {
  test.each([
    ["import { a } from './b.js';", 'x/b.ts', false],
    ["import './b.js';", 'x/b.ts', false],
    ["import a, { type B } from '../b.js';", 'b.ts', false],
    ["import { type A, b } from './b.js';", 'x/b.ts', false],
    ["import { type A } from './b.js';", 'x/b.ts', true],
    ["import type { A } from './b.js';", 'x/b.ts', true],
    ["import type * as b from './b.js';", 'x/b.ts', true],
    ["import * as b from 'node:fs';", 'node:fs', false],
    ["export * from './b.js';", 'x/b.ts', false],
    ["export { type A } from './b.js';", 'x/b.ts', true],
    ["export type { A } from './b.js';", 'x/b.ts', true],
    ["type A = import('./b.js').A;", 'x/b.ts', true],
    ["const a = await import('pawl/keys');", 'pawl/keys', false],
    ['const a = await import(name);', '(computed)', false],
  ])('reads %s', (text, to, typeOnly) => {
    expect(importsOf('x/a.ts', text)).toEqual([{ from: 'x/a.ts', to, typeOnly }]);
  });

  test('reads no import from a text or a comment', () => {
    expect(importsOf('x/a.ts', `// import './b.js'\nconst text = "import './b.js'";`)).toEqual([]);
  });
});

describe('the checker of layers', () => {
  const pawl = 'packages/pawl/src';

  test.each([
    [`${pawl}/rotation/decide.ts`, "import { systemClock } from '../base/clock.js';"],
    [`${pawl}/rotation/decide.ts`, "import type { Key } from '../keys/key.js';"],
    [`${pawl}/rotation/decide.ts`, "import 'node:crypto';"],
    [`${pawl}/stores/memory/sessions.ts`, "import type { Decision } from '../../rotation/decide.js';"],
    [`${pawl}/stores/memory/sessions.ts`, "import { open } from '../sqlite/open.js';"],
    [`${pawl}/stores/sql/session-row.ts`, "import { open } from '../sqlite/open.js';"],
    [`${pawl}/stores/memory/sessions.ts`, "import { systemClock } from '../../base/clock.js';"],
    [`${pawl}/authority/refresh.ts`, "import { createMemoryStore } from '../stores/memory/index.js';"],
    [`${pawl}/authority/refresh.ts`, "const m = await import('../stores/memory/index.js');"],
    [`${pawl}/authority/refresh.ts`, "import type { IncomingMessage } from 'node:http';"],
    [`${pawl}/authority/refresh.ts`, "import { decide } from '../rotation/decide.js';"],
    [`${pawl}/authority/refresh.ts`, "import { decide } from '../rotation/index.js';"],
    [`${pawl}/http/endpoints/refresh.ts`, "import { decide } from '../../rotation/index.js';"],
    [`${pawl}/testing/suite.ts`, "import { decide } from '../rotation/decide.js';"],
    [`${pawl}/stores/sqlite/sessions.ts`, "import { windowOf } from '../../rotation/outage.js';"],
    [`${pawl}/http/token.ts`, "import { createMemoryStore } from '../stores/memory/index.js';"],
    [`${pawl}/sealed/refresh.ts`, "import type { Store } from '../stores/store.js';"],
    [`${pawl}/keys/ring.ts`, "import type { Event } from '../authority/events.js';"],
    [`${pawl}/verifier/verify.ts`, "import { decide } from '../rotation/decide.js';"],
    [`${pawl}/verifier/verify.ts`, "import { createSigner } from '../jose/signing.js';"],
    [`${pawl}/access/access-token.ts`, "import { createSigner } from '../jose/signing.js';"],
    [`${pawl}/jose/engine.ts`, "import { createSigner } from './signing.js';"],
    [`${pawl}/jose/engine.ts`, "import * as crypto from 'node:crypto';"],
    [`${pawl}/jose/signing.ts`, "import type { SigningKey } from '../keys/key.js';"],
    [`${pawl}/client/refresh.ts`, "import { equalText } from '../base/bytes.js';"],
    [`${pawl}/testing/suite.ts`, "import { test } from 'vitest';"],
    [`${pawl}/authority/login.ts`, "import { fakeClock } from '../testing/clock.js';"],
    [`${pawl}/authority/login.ts`, "import { PawlError } from 'pawl/errors';"],
    [`${pawl}/base/bytes.ts`, "import { PawlError } from '../errors.js';"],
    [`${pawl}/errors.ts`, "import type { Clock } from './base/clock.js';"],
    ['lab/src/main.ts', "import { decide } from '../../packages/pawl/src/rotation/decide.js';"],
    ['lab/src/main.ts', "import { decide } from 'pawl/dist/rotation/decide.js';"],
    ['packages/server/test/a.test.ts', "import { decide } from '../../pawl/src/rotation/decide.js';"],
    ['packages/server/src/a.ts', "import { run } from '../../../lab/src/main.js';"],
    ['packages/server/src/a.ts', "const lab = await import('pawl-lab/dist/main.js');"],
    [`${pawl}/testing/suite.ts`, "import { runLab } from 'pawl-lab';"],
    ['bench/src/main.ts', "import { decide } from '../../packages/pawl/dist/rotation/decide.js';"],
  ])('refuses in %s: %s', (file, text) => {
    expect(violations(importsOf(file, text), layerRules)).not.toEqual([]);
  });

  test.each([
    [`${pawl}/rotation/decide.ts`, "import type { EpochSeconds } from '../base/clock.js';"],
    [`${pawl}/rotation/decide.ts`, "import { endOf } from './session.js';"],
    [`${pawl}/stores/memory/sessions.ts`, "import type { SessionStore } from '../session-store.js';"],
    [`${pawl}/stores/sqlite/sessions.ts`, "import { sessionFrom } from '../sql/session-row.js';"],
    [`${pawl}/stores/memory/sessions.ts`, "import type { Clock } from '../../base/clock.js';"],
    [`${pawl}/stores/memory/sessions.ts`, "import { endOf } from '../../rotation/session.js';"],
    [`${pawl}/authority/refresh.ts`, "import type { Store } from '../stores/store.js';"],
    [`${pawl}/authority/advance.ts`, "import { decide } from '../rotation/decide.js';"],
    [`${pawl}/authority/refresh.ts`, "import type { Outcome } from '../rotation/decide.js';"],
    [`${pawl}/stores/sqlite/sessions.ts`, "import { rotated } from '../../rotation/session.js';"],
    [`${pawl}/jose/engine.ts`, "import type * as nodeCrypto from 'node:crypto';"],
    [`${pawl}/jose/signing.ts`, "import * as crypto from 'node:crypto';"],
    [`${pawl}/keys/key.ts`, "import { createSigner } from '../jose/signing.js';"],
    [`${pawl}/testing/suite.ts`, "import { createMemoryStore } from '../stores/memory/index.js';"],
    ['lab/src/main.ts', "import { decide } from 'pawl/rotation';"],
    ['packages/server/test/a.test.ts', "import { open } from '../src/open.js';"],
  ])('allows in %s: %s', (file, text) => {
    expect(violations(importsOf(file, text), layerRules)).toEqual([]);
  });

  test('names the file, the import and the reason', () => {
    const rules: LayerRule[] = [{ from: 'a/', mayImport: [], because: 'a is a leaf' }];
    expect(violations(edgesOf({ 'a/x.ts': "import '../b/y.js';" }), rules)).toEqual([
      'a/x.ts imports b/y.ts: a is a leaf',
    ]);
  });

  test('finds circles of any length', () => {
    const edges = edgesOf({
      'a.ts': "import './b.js';",
      'b.ts': "import { c } from './c.js';",
      'c.ts': "export * from './a.js';",
      'd.ts': "import './a.js'; import './e.js';",
      'e.ts': "import './a.js';",
      'f.ts': "import './f.js';",
    });
    expect(cycles(edges)).toEqual([['a.ts', 'b.ts', 'c.ts'], ['f.ts']]);
  });

  test.each([
    ["import './b.js';", "import type { A } from './a.js';"],
    ["import type { B } from './b.js';", "import type { A } from './a.js';"],
    ["import { type B } from './b.js';", "export type { A } from './a.js';"],
    ["const b = await import('./b.js');", "type A = import('./a.js').A;"],
  ])('finds the circle of %s and %s', (a, b) => {
    expect(cycles(edgesOf({ 'a.ts': a, 'b.ts': b }))).toEqual([['a.ts', 'b.ts']]);
  });

  test('finds no circle where two files import a third one', () => {
    const files = { 'a.ts': "import type { C } from './c.js'; import './b.js';", 'b.ts': "import './c.js';" };
    expect(cycles(edgesOf(files))).toEqual([]);
  });

  test('every rule gives a reason of its own', () => {
    for (const rule of layerRules) expect(rule.because.length, rule.from).toBeGreaterThan(20);
  });

  test('a star stands for one segment', () => {
    expect(matchedPart('s/*/', 's/memory/a/b.ts')).toBe('s/memory/');
    expect(matchedPart('s/*/', 's/store.ts')).toBeNull();
    expect(matchedPart('s/*.ts', 's/memory/a.ts')).toBeNull();
  });
});

describe('the packages and the lab', () => {
  const folders = ['packages/pawl', 'packages/server', 'lab'];

  test.each(folders)('%s lists what it imports, and compiles into its own folder', (folder) => {
    const manifest = readFileSync(`${folder}/package.json`, 'utf8');
    expect(unlisted(folder, imports, manifest)).toEqual([]);
    const configuration = `${folder}/tsconfig.json`;
    expect(writtenElsewhere(configuration, readFileSync(configuration, 'utf8'))).toEqual([]);
  });

  test('an import that is not listed is found, and none that is', () => {
    const edges = edgesOf({
      'lab/src/a.ts': "import 'node:fs'; import 'pawl/keys'; import './b.js'; import '@x/y/z';",
      'lab/test/a.test.ts': "import 'vitest';",
    });
    expect(unlisted('lab', edges, '{ "dependencies": { "pawl": "1.0.0" } }')).toEqual([
      'lab/src/a.ts imports @x/y/z, which lab/package.json does not list',
    ]);
  });

  test('a compiler that writes into another package is found', () => {
    const text =
      '{ "compilerOptions": { "outDir": "../packages/server/dist/lab", "tsBuildInfoFile": "dist/a" } }';
    expect(writtenElsewhere('lab/tsconfig.json', text)).toEqual(['packages/server/dist/lab']);
  });
});

describe('what is published holds no code of the lab', () => {
  const mapOf = (source: string) => (): string => JSON.stringify({ sources: [source] });

  test.each([
    ['dist/lab/main.js', ''],
    ['dist/cli/lab.js', ''],
    ['dist/attacks/main.js.map', '../../../../lab/src/main.ts'],
  ])('%s is refused', (file, source) => {
    expect(labCodeIn('packages/server', [file], mapOf(source))).toEqual([file]);
  });

  test.each([
    ['dist/label.js', ''],
    ['dist/cli/main.js.map', '../../src/cli/main.ts'],
  ])('%s is not', (file, source) => {
    expect(labCodeIn('packages/server', [file], mapOf(source))).toEqual([]);
  });

  test('and the lab itself is not published', () => {
    expect(JSON.parse(readFileSync('lab/package.json', 'utf8'))).toMatchObject({ private: true });
    expect(publishedPackages.map(({ folder }) => folder)).not.toContain('lab');
  });
});
