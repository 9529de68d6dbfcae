import { execFileSync } from 'node:child_process';

/** A commit as a sentence names it. */
export interface Commit {
  readonly id: string;
  /** The day in UTC on which it was committed, `2026-11-27`. */
  readonly date: string;
}

/** A commit and the paths of the files that it changed. */
export interface Change extends Commit {
  readonly files: readonly string[];
}

/** What there is to know of the history of a checkout. */
export interface History {
  /** Null when this clone does not know it, or when what is checked out does not follow from it. */
  commit(id: string): Commit | null;
  /** The commits after `id` that change something of `paths`, the newest first. @throws Error when git cannot tell */
  changesAfter(id: string, paths: readonly string[]): readonly Change[];
}

/** Days are those of UTC. */
const dated = ['--abbrev=10', '--date=short-local'];

/** The history of the checkout in `folder`; null when there is none, or no git. */
export function historyOf(folder: string): History | null {
  const git = (...args: string[]): string | null => {
    try {
      return execFileSync('git', args, {
        ...{ cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 },
        env: { ...process.env, TZ: 'UTC' },
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      return null;
    }
  };
  if (git('rev-parse', '--verify', 'HEAD') === null) return null;
  return {
    commit(id) {
      if (git('merge-base', '--is-ancestor', id, 'HEAD') === null) return null;
      const shown = git('log', '-1', ...dated, '--format=%h %cd', id, '--');
      return shown === null ? null : commitOf(shown);
    },
    changesAfter(id, paths) {
      // Relative: both the paths that are asked for and those that come back begin at the folder.
      const listed = ['--format=%x00%h %cd', '--name-only', '--relative'];
      const log = git('log', ...dated, ...listed, `${id}..HEAD`, '--', ...paths);
      if (log === null) throw new Error(`git cannot list what changed after ${id}`);
      return log.split('\0').flatMap((entry) => {
        const [first = '', ...files] = entry.split('\n').filter((line) => line !== '');
        return first === '' ? [] : [{ ...commitOf(first), files }];
      });
    },
  };
}

function commitOf(shown: string): Commit {
  const [id = '', date = ''] = shown.split(' ');
  return { id, date };
}
