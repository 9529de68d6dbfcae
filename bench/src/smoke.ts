import { benches } from './benches.js';
import { type MachineFacts, machineFacts } from './machine.js';
import type { Mode, Options } from './options.js';
import { withFolder } from './results-folder.js';

/**
 * Runs every bench once, one after another, and says how long each took. None is asked for figures.
 *
 * @throws Error naming the benches that failed, after the others have run
 */
export async function smoke(options: Options, say: (line: string) => void): Promise<void> {
  const failed: string[] = [];
  const facts = await withFolder(async (folder) => machineFacts(folder));
  const startedAt = performance.now();
  // Object.keys is typed as text; the table has exactly these keys.
  for (const mode of Object.keys(benches) as Mode[]) {
    const beganAt = performance.now();
    const reason = await failureOf({ ...options, mode }, facts, say);
    if (reason !== null) failed.push(mode);
    say(`--- ${mode}: ${reason === null ? 'ran' : `FAILED, ${reason}`}, ${secondsSince(beganAt)} s`);
  }
  say(`--- ${secondsSince(startedAt)} s in all`);
  if (failed.length > 0) throw new Error(`the smoke failed in: ${failed.join(', ')}`);
}

async function failureOf(
  options: Options,
  facts: MachineFacts,
  say: (line: string) => void,
): Promise<string | null> {
  try {
    await withFolder((folder) => benches[options.mode](options, folder, facts, say));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function secondsSince(instant: number): string {
  return ((performance.now() - instant) / 1000).toFixed(1);
}
