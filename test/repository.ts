import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Paths, from the root, of the files that are tracked or would be by the next commit. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    encoding: 'utf8',
  });
  return listed.split('\0').filter((file) => file !== '' && existsSync(file));
}
