/**
 * Builds, and runs parts of the tests: `run-tests.ts [PART …] [ARGUMENT …]`. Without a part, those of `npm test`; other arguments go to vitest.
 * The last lines say how long each part took.
 */
import { spawnSync } from 'node:child_process';
import { isPart, ordinaryParts } from '../test/parts.js';

const args = process.argv.slice(2);
const firstOther = args.findIndex((arg) => !isPart(arg));
const named = firstOther === -1 ? args : args.slice(0, firstOther);
const handedOn = args.slice(named.length);
const parts = named.length === 0 ? ordinaryParts : named;

function run(command: string, more: readonly string[], environment: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(command, more, { stdio: 'inherit', env: { ...process.env, ...environment } });
  // Without a build there is nothing to test, and the exit code of the tests is that of this script.
  if (status !== 0) process.exit(status ?? 1);
}

const startedAt = performance.now();
run('npm', ['run', '--silent', 'build']);
const buildSeconds = Math.round((performance.now() - startedAt) / 1000);
run('npx', ['vitest', 'run', ...parts.flatMap((part) => ['--project', part]), ...handedOn], {
  PAWL_BUILD_SECONDS: String(buildSeconds),
});
