import { existsSync } from 'node:fs';
import type { Candidate } from './candidates.js';

export interface Chosen {
  readonly candidates: readonly Candidate[];
  /** One sentence for each that this machine cannot run. */
  readonly missing: readonly string[];
}

/** Those whose name matches, and why some of them cannot run here. */
export function choose(all: readonly Candidate[], only: RegExp): Chosen {
  const wanted = all.filter(({ name }) => only.test(name));
  const reasons = wanted.map(reasonAgainst);
  return {
    candidates: wanted.filter((_, index) => reasons[index] === null),
    missing: wanted.flatMap(({ name }, index) => {
      const reason = reasons[index] ?? null;
      return reason === null ? [] : [`Not measured: ${name} (${reason}).`];
    }),
  };
}

function reasonAgainst({ needs, database }: Candidate): string | null {
  if (needs !== null && !existsSync(needs.file)) return `not installed: Debian package ${needs.package}`;
  const readsOthers = needs !== null || database !== null;
  // Without it the CPU time of other processes cannot be read.
  return readsOthers && !existsSync('/proc/self/stat') ? 'this system has no /proc' : null;
}
