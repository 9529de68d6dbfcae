import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Beside the packages that the scripts load, which Node looks for above them. */
const folder = fileURLToPath(new URL('../../node_modules/.cache/pawl-scripts', import.meta.url));

/** Packages that are loaded as installed: their code is native, or CommonJS. All else becomes part of the script, Pawl from its sources. */
const external = ['@node-rs/argon2', '@photostructure/sqlite', 'ioredis', 'pg', 'pino', 'redis'];

/** A program in TypeScript that tests start. */
export interface Script {
  /** Path of its first file. */
  readonly entry: string;
  /** What `import.meta.url` says in all of its files; a script without it must not use that. */
  readonly importMetaUrl?: string;
}

/**
 * Bundles a script into a folder of its own, which holds one file for the start and one for each part that is loaded later.
 *
 * @returns the path of the file to be run by Node
 */
export async function bundleScript({ entry, importMetaUrl }: Script): Promise<string> {
  const name = path.basename(entry, '.ts');
  const { outputFiles } = await build({
    entryPoints: [{ in: entry, out: name }],
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    conditions: ['pawl-source'],
    external,
    ...(importMetaUrl === undefined ? {} : { define: { 'import.meta.url': JSON.stringify(importMetaUrl) } }),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    write: false,
    logLevel: 'silent',
  });
  const digest = createHash('sha256');
  for (const { path: file, contents } of outputFiles) digest.update(file).update(contents);
  const place = path.join(folder, `${name}-${digest.digest('hex').slice(0, 16)}`);
  const unfinished = `${place}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  for (const { path: file, contents } of outputFiles)
    writeFileSync(path.join(unfinished, path.basename(file)), contents);
  try {
    renameSync(unfinished, place);
  } catch {
    // It is there already: another run has written the same, and may be running it.
    rmSync(unfinished, { recursive: true });
  }
  return path.join(place, `${name}.mjs`);
}
