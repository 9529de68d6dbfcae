import type { TableState } from './age.js';

/** One line about a table: its name, its commit and date, and what to do. */
export function lineOf(state: TableState): string {
  const { table, stated, date } = state;
  const commit = stated === null ? '–' : stated.commit + (stated.isDirty ? '+' : '');
  return `${table.name.padEnd(12)} ${commit.padEnd(11)} ${(date ?? '–').padEnd(10)} ${sentenceOf(state)}`;
}

function sentenceOf({ table, age }: TableState): string {
  const refresh = `refresh with \`${table.command}\``;
  switch (age.kind) {
    case 'current':
      return 'current';
    case 'never-written':
      return `was never written: write it with \`${table.command}\``;
    case 'no-commit':
      return `names no commit: ${refresh}`;
    case 'uncommitted-changes':
      return `measured code that was not committed: ${refresh}`;
    case 'unknown-commit':
      return `its commit is not in the history of this clone, which is shallow or was rewritten: ${refresh}`;
    case 'older': {
      const { id, date } = age.newest;
      return `older than the newest change of ${age.measures.join(', ')} (${id}, ${date}): ${refresh}`;
    }
    case 'no-history':
      return 'cannot be compared without git';
  }
}
