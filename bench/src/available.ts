import { existsSync } from 'node:fs';
import type { Candidate } from './candidates.js';
import { reasonAgainst } from './databases.js';

export interface Chosen {
  readonly candidates: readonly Candidate[];
  /** One sentence for each that this machine cannot run. */
  readonly missing: readonly string[];
}

/** Those whose name matches, and why some of them cannot run here. */
export function choose(all: readonly Candidate[], only: RegExp): Chosen {
  const wanted = all.filter(({ name }) => only.test(name));
  const reasons = wanted.map(reasonOf);
  return {
    candidates: wanted.filter((_, index) => reasons[index] === null),
    missing: wanted.flatMap(({ name }, index) => {
      const reason = reasons[index] ?? null;
      return reason === null ? [] : [`Not measured: ${name} (${reason}).`];
    }),
  };
}

function reasonOf({ needs, database }: Candidate): string | null {
  if (needs !== null && !existsSync(needs.file)) return `not installed: Debian package ${needs.package}`;
  return database === null ? null : reasonAgainst(database);
}
