/**
 * Rules of the command line:
 * - Exit codes: 0 done, 1 failed, 2 used wrongly (unknown command or flag, missing parameter, wrong configuration).
 * - Results go to standard output, one per line; everything else goes to standard error.
 * - Nothing is asked. A password is one line on standard input; on a terminal it is read without being shown.
 * - Commands that print a list take `--json` and then print one JSON object per line.
 * - No secret is ever printed, but the password of the first user.
 */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** The command was called wrongly. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command could not do what it was asked. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** One result. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One sentence that is not a result. */
export function explain(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A list: one JSON object per line, or columns. */
export function printList(rows: readonly Readonly<Record<string, unknown>>[], asJson: boolean): void {
  if (asJson) for (const row of rows) print(JSON.stringify(row));
  else for (const line of columns(rows)) print(line);
}

function columns(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const table = [Object.keys(first), ...rows.map((row) => Object.values(row).map(cell))];
  const widths = Object.keys(first).map((_, column) =>
    Math.max(...table.map((cells) => cells[column]?.length ?? 0)),
  );
  return table.map((cells) =>
    cells
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Control characters could move the cursor or change the terminal, and others turn the direction of the line; texts may come from callers. */
function cell(value: unknown): string {
  const text = value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '?');
}

/** An instant as people read it. */
export function timeText(at: number | null): string | null {
  return at === null ? null : new Date(at * 1000).toISOString();
}
