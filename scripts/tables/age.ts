import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type StatedCode, statedCode } from '../../testbed/src/measured-code.js';
import { sectionOf } from '../../testbed/src/page-section.js';
import type { Change, History } from './git.js';
import type { MeasuredTable } from './registry.js';

/** What a table is worth beside the code of today. */
export type Age =
  | { readonly kind: 'current' }
  /** Its page, its markers or what stands between them is missing. */
  | { readonly kind: 'never-written' }
  /** Nothing between the markers names a commit. */
  | { readonly kind: 'no-commit' }
  | { readonly kind: 'uncommitted-changes' }
  /** A shallow clone, or a history that was rewritten. */
  | { readonly kind: 'unknown-commit' }
  | { readonly kind: 'older'; readonly measures: readonly string[]; readonly newest: Change }
  | { readonly kind: 'no-history' };

/** One table as it is now. */
export interface TableState {
  readonly table: MeasuredTable;
  readonly stated: StatedCode | null;
  /** The day on which it was measured; of a table that does not say so, that of its commit. */
  readonly date: string | null;
  readonly age: Age;
}

/**
 * Compares the table in its page with the commits that came after it.
 *
 * Does NOT look at changes that are not committed.
 *
 * @param root - folder of the checkout
 * @param history - null without git: then only what is missing can be told
 */
export function stateOf(table: MeasuredTable, root: string, history: History | null): TableState {
  const section = sectionIn(path.join(root, table.page), table.name);
  const stated = section === '' ? null : statedCode(section);
  if (stated === null) {
    return { table, stated, date: null, age: { kind: section === '' ? 'never-written' : 'no-commit' } };
  }
  const commit = history?.commit(stated.commit) ?? null;
  return { table, stated, date: stated.date ?? commit?.date ?? null, age: ageOf(table, stated, history) };
}

/** Whether the command of the table should run again. Without history nobody can tell, and nothing is asked for. */
export function isStale({ age }: TableState): boolean {
  return age.kind !== 'current' && age.kind !== 'no-history';
}

/** Empty when there is no such page or section. */
function sectionIn(page: string, name: string): string {
  return existsSync(page) ? (sectionOf(readFileSync(page, 'utf8'), name) ?? '') : '';
}

function ageOf({ measures }: MeasuredTable, stated: StatedCode, history: History | null): Age {
  if (history === null) return { kind: 'no-history' };
  if (stated.isDirty) return { kind: 'uncommitted-changes' };
  if (history.commit(stated.commit) === null) return { kind: 'unknown-commit' };
  const changes = history.changesAfter(stated.commit, measures);
  const [newest] = changes;
  if (newest === undefined) return { kind: 'current' };
  const files = changes.flatMap((change) => change.files);
  const changed = measures.filter((place) =>
    files.some((file) => file === place || file.startsWith(`${place}/`)),
  );
  return { kind: 'older', measures: changed, newest };
}
