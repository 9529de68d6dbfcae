import { execFileSync } from 'node:child_process';

/** Which code figures were taken of, and when. */
export interface MeasuredCode {
  /** The commit that is checked out, with a plus when files other than pages of `docs` differ from it; `unknown` without git. */
  readonly commit: string;
  /** The day in UTC, `2026-11-27`. */
  readonly date: string;
}

/** What a table says of the code that it measured. */
export interface StatedCode {
  readonly commit: string;
  /** Whether files differed from the commit. */
  readonly isDirty: boolean;
  /** Null in tables that were written before there was a date. */
  readonly date: string | null;
}

const statedPattern = /\bCommit ([0-9a-f]{7,40})(\+?);(?: (\d{4}-\d{2}-\d{2});)?/g;

/** The code in the current folder and the day of today. */
export function measuredCode(): MeasuredCode {
  return { commit: checkedOut(), date: new Date().toISOString().slice(0, 10) };
}

/** How the line under a table begins; {@link statedCode} reads it again. */
export function measuredCodeText({ commit, date }: MeasuredCode): string {
  return `Commit ${commit}; ${date};`;
}

/** What the last line of that form in a section says; null when there is none. */
export function statedCode(section: string): StatedCode | null {
  const [, commit, plus, date] = [...section.matchAll(statedPattern)].at(-1) ?? [];
  return commit === undefined ? null : { commit, isDirty: plus === '+', date: date ?? null };
}

function checkedOut(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  try {
    // A table that was just written changes no figure of the next one.
    const changed = git(
      'status',
      '--porcelain',
      '--untracked-files=no',
      '--',
      ':(top)',
      ':(top,exclude)docs',
    );
    return git('rev-parse', '--short=10', 'HEAD') + (changed === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}
