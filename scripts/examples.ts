/**
 * Runs the smoke script of every example, or of those that are named, as a stranger would: in a copy outside of this repository, with our packages
 * installed from their tarballs. One installation serves all; that each example names what it uses is up to test/examples.test.ts. Without a
 * name also the first minutes with the server that was installed.
 */
import assert from 'node:assert/strict';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startRedis } from '../testbed/src/redis-server.js';
import { temporaryFolder } from '../testbed/src/temporary-folder.js';
import { pack, publishedPackages } from './packed-packages.js';
import { runInGroup } from './process-group.js';

interface RunningServer {
  readonly address: string;
  stop(): Promise<void>;
}

/** Servers that an example may need, by the variable that tells it the address. */
const servers = {
  async REDIS_URL(): Promise<RunningServer> {
    const { host, port, process } = await startRedis();
    return { address: `redis://${host}:${port}`, stop: () => process.end('SIGKILL') };
  },
} as const;

const needs: Readonly<Record<string, readonly (keyof typeof servers)[]>> = {
  'from-express-session': ['REDIS_URL'],
};

const examples = readdirSync('examples', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const named = process.argv.slice(2);
const unknown = named.filter((name) => !examples.includes(name));
const chosen = named.length === 0 ? examples : named;
const repository = realpathSync('.');
const project = realpathSync(temporaryFolder('examples'));

/** Without what leads programs, modules or npm into this repository. */
function strangersEnvironment(): Record<string, string | undefined> {
  const leading = /^(?:NODE_OPTIONS|NODE_PATH|INIT_CWD|npm_config_local_prefix|npm_(?!config_).*)$/;
  const kept = Object.entries(process.env).filter(([name]) => !leading.test(name));
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const outside = folders.filter((folder) => !folder.startsWith(repository));
  return { ...Object.fromEntries(kept), PATH: outside.join(path.delimiter) };
}

const environment = strangersEnvironment();

/** Copies the examples into the project and installs what their package.json name; our packages as they were packed. */
async function install(names: readonly string[]): Promise<void> {
  const dependencies = Object.assign({}, ...names.map(copy), packAll()) as Readonly<Record<string, string>>;
  const text = JSON.stringify({ private: true, type: 'module', dependencies });
  writeFileSync(path.join(project, 'package.json'), text);
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'];
  await runInGroup('npm', ['install', ...options], { cwd: project, env: environment });
  for (const { manifest } of publishedPackages) {
    const folder = installed(manifest.name);
    assert.ok(lstatSync(folder).isDirectory(), `${folder} is a link`);
  }
}

function installed(name: string): string {
  return path.join(project, 'node_modules', name);
}

/** Returns what the example's package.json names. */
function copy(name: string): Readonly<Record<string, string>> {
  const folder = path.join(project, name);
  cpSync(path.join('examples', name), folder, {
    recursive: true,
    filter: (source) => path.basename(source) !== 'node_modules',
  });
  const { dependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return dependencies;
}

/** Each tarball by the name of its package. */
function packAll(): Readonly<Record<string, string>> {
  const destination = path.join(project, 'tarballs');
  mkdirSync(destination);
  return Object.fromEntries(
    publishedPackages.map((published) => [
      published.manifest.name,
      `file:${pack(published, destination).tarball}`,
    ]),
  );
}

/** @throws AssertionError when the example would not load what was built and packed */
async function proveResolution(folder: string): Promise<void> {
  const args = ['--input-type=module', '--eval', `process.stdout.write(import.meta.resolve('pawl'))`];
  const resolved = await runInGroup(process.execPath, args, { cwd: folder, env: environment });
  assert.equal(resolved, pathToFileURL(path.join(installed('pawl'), 'dist/index.js')).href);
}

/** Resolves to what the smoke script printed. */
async function smoke(name: string): Promise<string> {
  const folder = path.join(project, name);
  await proveResolution(folder);
  const started: RunningServer[] = [];
  const addresses: Record<string, string> = {};
  try {
    for (const variable of needs[name] ?? []) {
      const server = await servers[variable]();
      started.push(server);
      addresses[variable] = server.address;
    }
    const env = { ...environment, ...addresses };
    return await runInGroup('npm', ['run', '--silent', 'smoke'], { cwd: folder, env });
  } finally {
    for (const server of started) await server.stop();
  }
}

/** Starts the server as it was installed. */
function smokeServer(): Promise<string> {
  const args = [
    '--import',
    'tsx',
    'scripts/smoke-server.ts',
    path.join(project, 'node_modules/.bin/pawl-server'),
  ];
  return runInGroup(process.execPath, args, { cwd: repository, env: environment });
}

/** Runs a step and tells how it went; a failure is of this step alone. Resolves to whether it passed. */
async function step(name: string, work: () => Promise<string>): Promise<boolean> {
  const startedAt = performance.now();
  const [printed, verdict] = await work().then(
    (output) => [output, 'passed'] as const,
    (error: unknown) => [`${String(error)}\n`, 'FAILED'] as const,
  );
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${printed}${name}: ${verdict}, ${seconds} s\n`);
  if (verdict === 'FAILED') process.exitCode = 1;
  return verdict === 'passed';
}

if (unknown.length > 0) {
  console.error(`There is no example ${unknown.join(', ')}; there are ${examples.join(', ')}.`);
  process.exitCode = 2;
} else if (await step('installation', () => install(chosen).then(() => ''))) {
  for (const name of chosen) await step(name, () => smoke(name));
  if (named.length === 0) await step('pawl-server', smokeServer);
}
