/**
 * Runs the smoke scripts, against the built library, on every runtime that Pawl supports beside the one at hand.
 * The runtimes come from the npm registry, into a cache of their own: beside our dependencies their `node` would be
 * the one of every npm script.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

interface Runtime {
  readonly package: string;
  readonly version: string;
  readonly arguments: readonly string[];
}

const runtimes: readonly Runtime[] = [
  { package: 'node', version: '22.23.3', arguments: [] },
  { package: 'node', version: '24.21.0', arguments: [] },
  { package: 'node', version: '26.10.0', arguments: [] },
  { package: 'bun', version: '1.4.5', arguments: ['run'] },
  { package: 'deno', version: '2.9.6', arguments: ['run', '--allow-all', '--no-lock'] },
];

/** Each with its arguments. */
const scripts: readonly (readonly string[])[] = [
  ['scripts/smoke-session.ts'],
  ['scripts/smoke-verifier.ts'],
  ['scripts/smoke-verifier.ts', 'web'],
];

const cache = path.resolve('node_modules/.cache/pawl-runtimes');

/** Runs a command and returns what it wrote when it failed, else null. */
function failureOf(command: string, args: readonly string[]): string | null {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 300_000 });
  return status === 0 ? null : [error?.message, stdout, stderr].filter(Boolean).join('\n');
}

function installed(runtime: Runtime): { readonly binary: string; readonly failure: string | null } {
  const folder = path.join(cache, `${runtime.package}-${runtime.version}`);
  const binary = path.join(folder, 'node_modules/.bin', runtime.package);
  if (existsSync(binary)) return { binary, failure: null };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
  const source = `${runtime.package}@${runtime.version}`;
  return {
    binary,
    failure: failureOf('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', source]),
  };
}

let failures = 0;
for (const runtime of runtimes) {
  const { binary, failure: installFailure } = installed(runtime);
  for (const script of scripts) {
    const failure = installFailure ?? failureOf(binary, [...runtime.arguments, ...script]);
    const name = `${runtime.package} ${runtime.version} ${script.join(' ')}`;
    console.log(`${failure === null ? 'ok    ' : 'FAILED'} ${name}`);
    if (failure !== null) {
      failures += 1;
      console.log(failure);
    }
  }
}
process.exitCode = failures === 0 ? 0 : 1;
