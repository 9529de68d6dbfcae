/** Checks the two packages as they would be published: contents, types, dependencies, and that a stranger can import them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { browserBundle } from '../testbed/src/browser-bundle.js';
import { exportedNames } from './exported-names.js';
import { labCodeIn } from './lab-code.js';
import { pack, publishedPackages } from './packed-packages.js';

interface LockEntry {
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
}

const temporary = mkdtempSync(path.join(tmpdir(), 'pawl-check-'));
let failures = 0;

/** A page loads it before anything else that needs the session. */
const maxClientBytes = 6 * 1024;

function run(command: string, args: readonly string[], cwd = '.'): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function check(name: string, body: () => void): void {
  try {
    body();
    console.log(`ok    ${name}`);
  } catch (error) {
    failures += 1;
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    console.log(`FAIL  ${name}\n${String(error)}\n${stdout}${stderr}`);
  }
}

function refuseStrayFiles(files: readonly string[]): void {
  const stray = files.filter((file) => /(?:\.test\.|\.tsbuildinfo$|^test\/|\.env|\.sqlite)/.test(file));
  if (stray.length > 0) throw new Error(`not meant for users: ${stray.join(', ')}`);
}

function refuseLab(folder: string, files: readonly string[]): void {
  const found = labCodeIn(folder, files);
  if (found.length === 0) return;
  throw new Error(
    `files with code of the lab, which is not published: ${found.length}, the first is ${found[0]}. What an older build left goes with ${folder}/dist.`,
  );
}

function refuseInstallScripts(): void {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, LockEntry>;
  };
  const published = Object.entries(lock.packages).filter(
    ([, entry]) => !entry.dev && !entry.optional && !entry.devOptional && !entry.peer,
  );
  const running = published.filter(([, entry]) => entry.hasInstallScript).map(([name]) => name);
  if (running.length > 0) throw new Error(`npm 12 does not run the install scripts of ${running.join(', ')}`);
}

/** The browser client as an application ships it. */
function measureClient(): void {
  const bytes = gzipSync(browserBundle('packages/pawl/dist/client/index.js'), { level: 9 }).length;
  console.log(`      pawl/client: ${String(bytes)} bytes gzipped, at most ${String(maxClientBytes)}`);
  if (bytes > maxClientBytes) throw new Error('the browser client has grown out of its limit');
}

/** Imports every subpath, and starts every program, of the packages as installed into an empty project. */
function smoke(tarballs: readonly string[]): void {
  const project = mkdtempSync(path.join(temporary, 'project-'));
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs], project);
  for (const { manifest } of publishedPackages) {
    for (const subpath of Object.keys(manifest.exports)) {
      if (subpath === './package.json') continue;
      const specifier = manifest.name + subpath.slice(1);
      const source = `const m = await import('${specifier}'); if (!Object.keys(m).length) throw new Error('${specifier} exports no value');`;
      run(process.execPath, ['--input-type=module', '--eval', source], project);
    }
    for (const program of Object.keys(manifest.bin ?? {})) {
      run(path.join(project, 'node_modules/.bin', program), ['--help'], project);
    }
  }
}

/** A name that nobody outside needs would have to stay for ever. */
function refuseUnusedNames(): void {
  const { all, unused } = exportedNames();
  console.log(`      ${String(all.length)} names are exported by the public subpaths`);
  if (unused.length === 0) return;
  const lines = unused.map(({ subpath, name }) => `  ${subpath}: ${name}`);
  throw new Error(
    `exported, and used by no example, document, pawl-server, lab, bench or signature of what these use:\n${lines.join('\n')}`,
  );
}

const tarballs: string[] = [];
for (const published of publishedPackages) {
  const { folder, manifest } = published;
  check(`${manifest.name}: packs what users need and nothing else`, () => {
    const { tarball, files } = pack(published, temporary);
    tarballs.push(tarball);
    refuseStrayFiles(files);
    refuseLab(folder, files);
  });
  check(`${manifest.name}: publint`, () => run('npx', ['publint', '--strict', folder]));
}
check('pawl: types resolve for every subpath (attw)', () =>
  run('npx', ['attw', '--profile', 'esm-only', String(tarballs[0])]),
);
check('pawl/client: fits into 6 KiB for a browser', measureClient);
check('no published dependency has an install script', refuseInstallScripts);
check('every exported name has a user outside', refuseUnusedNames);
check('no file, export or dependency is unused (knip)', () => run('npx', ['knip', '--no-config-hints']));
check('an empty project installs and imports everything', () => smoke(tarballs));

rmSync(temporary, { recursive: true });
process.exitCode = failures === 0 ? 0 : 1;
