import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Not committed. On the disk of the repository: a temporary folder may be in memory, where a sync costs nothing. */
export const resultsFolder: string = fileURLToPath(new URL('../results', import.meta.url));

/** Runs `work` with an empty folder that is gone afterwards. */
export async function withFolder<Value>(work: (folder: string) => Promise<Value>): Promise<Value> {
  mkdirSync(resultsFolder, { recursive: true });
  const folder = mkdtempSync(path.join(resultsFolder, 'run-'));
  // A database server that runs as another user has its files below.
  chmodSync(folder, 0o755);
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
