import { execFileSync } from 'node:child_process';

/** A module with all that it imports as one minified script for browsers, as an application ships it. */
export function browserBundle(entry: string): string {
  const args = ['--bundle', '--minify', '--format=esm', '--platform=browser', '--target=es2022'];
  return execFileSync('npx', ['esbuild', entry, ...args], { encoding: 'utf8' });
}
