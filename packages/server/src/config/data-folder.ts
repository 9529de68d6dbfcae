import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from './config.js';

/**
 * Makes the folder that a file will stand in, for its owner only. A folder that exists keeps its mode.
 *
 * @throws ConfigError when it cannot be made
 */
export function makeFolderFor(path: string): void {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    throw new ConfigError(`Cannot make the folder ${folder} (${code}).`);
  }
}
