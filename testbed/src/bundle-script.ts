import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Beside the packages that the scripts load, which Node looks for above them. */
const folder = fileURLToPath(new URL('../../node_modules/.cache/pawl-scripts', import.meta.url));

/** Packages that are loaded as installed. All else becomes part of the script, Pawl from its sources. */
const external = ['ioredis', 'redis', 'pg', '@photostructure/sqlite'];

const bundled = new Map<string, Promise<string>>();

/**
 * A script in TypeScript as one file that Node runs: started without a compiler, a process is there several times as fast, and many tests
 * start many. It must not use `import.meta.url`.
 *
 * @param script - of the TypeScript file, as `new URL('./worker.ts', import.meta.url)`
 */
export function bundledScript(script: URL): Promise<string> {
  const entry = fileURLToPath(script);
  let file = bundled.get(entry);
  if (file === undefined) {
    file = bundle(entry);
    bundled.set(entry, file);
  }
  return file;
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['pawl-source'],
    external,
    sourcemap: 'inline',
    write: false,
    logLevel: 'silent',
  });
  const text = outputFiles[0]?.text ?? '';
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const file = path.join(folder, `${path.basename(entry, '.ts')}-${digest}.mjs`);
  const unfinished = `${file}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(unfinished, text);
  // Another process of tests may be writing the same, or running it.
  renameSync(unfinished, file);
  return file;
}
