import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Programs that tests and benches run, and the Debian package that brings each. */
const packageOf = {
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  postgres: 'postgresql',
  initdb: 'postgresql',
  nginx: 'nginx-light',
  chromium: 'chromium',
  openssl: 'openssl',
  curl: 'curl',
} as const;

export type ProgramName = keyof typeof packageOf;

/** Debian packages of modules, and programs that only one test needs; with a file that each brings. */
const fileOf = {
  'python3-authlib': '/usr/lib/python3/dist-packages/authlib/__init__.py',
  'golang-go': '/usr/bin/go',
  'golang-golang-x-oauth2-dev': '/usr/share/gocode/src/golang.org/x/oauth2/oauth2.go',
  'python3-requests': '/usr/lib/python3/dist-packages/requests/__init__.py',
} as const;

export type DebianPackageName = keyof typeof fileOf;

/** Debian keeps the servers of several versions side by side, outside the search path. */
const postgresRoot = '/usr/lib/postgresql';

/**
 * The path of a program of this machine. What is missing is installed from Debian's packages where that is possible.
 *
 * @throws Error naming the program and its package when neither works, and for tests that are to need Node alone
 */
export function requireProgram(name: ProgramName): string {
  return present(name, packageOf[name], () => findProgram(name));
}

/**
 * Makes sure that a Debian package is there, in the folders of Debian. What is missing is installed where that is possible.
 *
 * @throws Error naming the package when that does not work, and for tests that are to need Node alone
 */
export function requireDebianPackage(name: DebianPackageName): void {
  present(name, name, () => (existsSync(fileOf[name]) ? fileOf[name] : null));
}

function present(name: string, packageName: string, find: () => string | null): string {
  if (process.env['PAWL_TEST_NEEDS'] === 'node') {
    throw new Error(`${name} is used by a test that is to need Node alone: test/parts.ts says which do`);
  }
  const found = find();
  if (found !== null) return found;
  install(packageName);
  const installed = find();
  if (installed !== null) return installed;
  throw new Error(
    `${name} is missing and could not be installed: as root, run "apt-get install ${packageName}"`,
  );
}

function findProgram(name: ProgramName): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), ...postgresFolders(), '/usr/sbin'];
  return folders.map((folder) => path.join(folder, name)).find(isExecutable) ?? null;
}

/** The newest version first. */
function postgresFolders(): string[] {
  try {
    const versions = readdirSync(postgresRoot).sort((left, right) => Number(right) - Number(left));
    return versions.map((version) => path.join(postgresRoot, version, 'bin'));
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Several tests may ask at once: one installs, the others wait for it and find that nothing is left to do. */
const installLock = path.join(tmpdir(), 'pawl-testbed-install.lock');

function install(packageName: string): void {
  if (process.getuid?.() !== 0) return;
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const commands = `apt-get update -qq; apt-get install -y -qq --no-install-recommends ${packageName}`;
  spawnSync('flock', [installLock, 'sh', '-c', commands], { env: environment, stdio: 'ignore' });
}
