import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

/**
 * A script in TypeScript as a file that Node runs: started without a compiler, a process is there several times as fast, and many tests
 * start many. The process that runs the tests bundles each script once.
 *
 * @param script - of the TypeScript file, as `new URL('./worker.ts', import.meta.url)`
 * @param importMetaUrl - what `import.meta.url` says in the script's files; without it they must not use that
 * @throws Error with the reason when it cannot be bundled
 */
export async function bundledScript(script: URL, importMetaUrl?: URL): Promise<string> {
  const wanted = new URL('/script', inject('testHost'));
  wanted.searchParams.set('entry', fileURLToPath(script));
  if (importMetaUrl !== undefined) wanted.searchParams.set('importMetaUrl', importMetaUrl.href);
  const answer = await fetch(wanted);
  if (!answer.ok) throw new Error(`${script.href} was not bundled: ${await answer.text()}`);
  return answer.text();
}
