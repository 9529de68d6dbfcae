import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { parseOptions } from '../bench/src/options.js';
import { isStale, stateOf, type TableState } from '../scripts/tables/age.js';
import { historyOf } from '../scripts/tables/git.js';
import { type MeasuredTable, measuredTables } from '../scripts/tables/registry.js';
import { lineOf } from '../scripts/tables/sentence.js';
import { measuredCode, measuredCodeText, statedCode } from '../testbed/src/measured-code.js';
import { sectionNames, sectionOf, writeSection } from '../testbed/src/page-section.js';
import { temporaryFolder } from '../testbed/src/temporary-folder.js';
import { repositoryFiles } from './repository.js';

/** One that was not written yet has no page, and its command may come with it. */
const tablesWithPage = measuredTables.filter(({ page }) => existsSync(page));

describe('the registry of measured tables', () => {
  test('has every section of every page, and no other', () => {
    const inPages = repositoryFiles()
      .filter((file) => file.endsWith('.md'))
      .flatMap((page) => sectionNames(readFileSync(page, 'utf8')).map((name) => `${page} ${name}`));
    expect(inPages.length).toBeGreaterThan(5);
    expect(tablesWithPage.map(({ page, name }) => `${page} ${name}`).sort()).toEqual(inPages.sort());
  });

  test('has each name once', () => {
    const names = measuredTables.map(({ name }) => name);
    expect([...new Set(names)]).toEqual(names);
  });

  test('names only folders and files that exist', () => {
    for (const { name, measures } of measuredTables) {
      expect(measures.length, name).toBeGreaterThan(0);
      expect(
        measures.filter((place) => !existsSync(place)),
        name,
      ).toEqual([]);
    }
  });

  test('names commands that exist and write the table', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
    for (const { name, command } of tablesWithPage) {
      const [, script = '', args = ''] = /^npm run ([a-z]+)(?: -- (.*))?$/.exec(command) ?? [];
      expect(Object.keys(scripts)).toContain(script);
      if (script === 'bench')
        expect(parseOptions(args.split(' '))).toMatchObject({ mode: name, markdown: true });
    }
  });
});

test('a short run of the bench writes no table', () => {
  expect(() => parseOptions(['--quick', '--markdown'])).toThrow('--markdown is for figures');
  expect(() => parseOptions(['--smoke', '--markdown'])).toThrow('--markdown is for figures');
});

describe('a section of a page', () => {
  const page = path.join(temporaryFolder('page'), 'page.md');

  beforeEach(() => {
    writeFileSync(page, 'before\n\n<!-- table a: begin -->\nold\n<!-- table a: end -->\n\nafter\n');
  });

  test('is replaced between its markers, and nothing else is', () => {
    writeSection(page, 'a', '| new |');
    expect(readFileSync(page, 'utf8')).toBe(
      'before\n\n<!-- table a: begin -->\n\n| new |\n\n<!-- table a: end -->\n\nafter\n',
    );
    expect(sectionOf(readFileSync(page, 'utf8'), 'a')).toBe('| new |');
  });

  test('is not written where there are no markers', () => {
    expect(() => writeSection(page, 'b', '')).toThrow('has no markers of the section b');
    expect(sectionOf(readFileSync(page, 'utf8'), 'b')).toBeNull();
  });
});

describe('the line under a table', () => {
  test.each([
    ['Commit abcdef1234; Node v20', { commit: 'abcdef1234', isDirty: false, date: null }],
    [
      '10 each. Commit abcdef1234+; 2026-11-27; Node v20',
      { commit: 'abcdef1234', isDirty: true, date: '2026-11-27' },
    ],
    ['Commit unknown; 2026-11-27; Node v20', null],
    ['no line', null],
  ])('says in "%s"', (line, stated) => {
    expect(statedCode(`| a |\n\n${line}`)).toEqual(stated);
  });

  test('is read as it is written', () => {
    const line = measuredCodeText({ commit: 'abcdef1234+', date: '2026-11-27' });
    expect(statedCode(line)).toEqual({ commit: 'abcdef1234', isDirty: true, date: '2026-11-27' });
  });

  test('has the day of today in UTC', () => {
    expect(new Date(measuredCode().date).toISOString()).toContain(measuredCode().date);
  });
});

/** A table in a repository of its own, with the commits of the test. */
class Repository {
  readonly folder: string = temporaryFolder('repository');
  readonly table: MeasuredTable = {
    ...{ name: 'a', page: 'docs/page.md', command: 'npm run a' },
    measures: ['measured', 'file.ts'],
  };

  constructor() {
    this.git('init', '--quiet');
    mkdirSync(path.join(this.folder, 'docs'));
    this.write('measured/code.ts', 'first');
    this.write('other.ts', 'first');
    this.page('');
  }

  git(...args: readonly string[]): string {
    const identity = [
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@example.test',
      '-c',
      'commit.gpgsign=false',
    ];
    const environment = { ...process.env, GIT_COMMITTER_DATE: '2026-03-04T23:30:00-0200' };
    return execFileSync('git', [...identity, ...args], {
      ...{ cwd: this.folder, encoding: 'utf8', env: environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  }

  write(file: string, text: string): void {
    mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
    writeFileSync(path.join(this.folder, file), text);
  }

  page(section: string): void {
    this.write(this.table.page, `<!-- table a: begin -->\n${section}\n<!-- table a: end -->\n`);
  }

  /** Commits all that was written. Resolves to the id as a table states it. */
  commit(): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', 'test(tables): change something');
    return this.git('rev-parse', '--short=10', 'HEAD');
  }

  state(): TableState {
    return stateOf(this.table, this.folder, historyOf(this.folder));
  }
}

describe('a measured table', () => {
  let repository: Repository;
  let measured: string;

  beforeEach(() => {
    repository = new Repository();
    measured = repository.commit();
    repository.page(`| 1 |\n\nCommit ${measured}; 2026-03-06; Node v20.`);
  });

  test('is current when nothing was committed after it but its page and other folders', () => {
    repository.commit();
    repository.write('other.ts', 'second');
    repository.commit();
    expect(repository.state().age).toEqual({ kind: 'current' });
    expect(isStale(repository.state())).toBe(false);
    expect(lineOf(repository.state())).toBe(`a            ${measured}  2026-03-06 current`);
  });

  test('is older than a later commit that changes what it measures', () => {
    repository.commit();
    repository.write('file.ts', 'new');
    repository.commit();
    repository.write('measured/deeper/code.ts', 'new');
    const newest = repository.commit();
    repository.write('other.ts', 'second');
    repository.commit();
    expect(isStale(repository.state())).toBe(true);
    expect(lineOf(repository.state())).toBe(
      `a            ${measured}  2026-03-06 older than the newest change of measured, file.ts (${newest}, 2026-03-05): ` +
        'refresh with `npm run a`',
    );
  });

  test('names no folder that did not change', () => {
    repository.write('measured/code.ts', 'second');
    repository.commit();
    expect(repository.state().age).toMatchObject({ kind: 'older', measures: ['measured'] });
  });

  test('is older than a commit that removes what it measures', () => {
    rmSync(path.join(repository.folder, 'measured/code.ts'));
    repository.commit();
    expect(repository.state().age).toMatchObject({ kind: 'older', measures: ['measured'] });
  });

  test('without a date has that of its commit, in UTC', () => {
    repository.page(`Commit ${measured}; Node v20.`);
    expect(repository.state()).toMatchObject({ date: '2026-03-05', age: { kind: 'current' } });
  });

  test('of files that were not committed is stale', () => {
    repository.page(`Commit ${measured}+; 2026-03-06; Node v20.`);
    expect(isStale(repository.state())).toBe(true);
    expect(lineOf(repository.state())).toBe(
      `a            ${measured}+ 2026-03-06 measured code that was not committed: refresh with \`npm run a\``,
    );
  });

  test('of a commit that is not in the history is stale', () => {
    repository.page('Commit 0123456789; 2026-03-06; Node v20.');
    expect(isStale(repository.state())).toBe(true);
    expect(lineOf(repository.state())).toContain('its commit is not in the history of this clone');
  });

  test('of a commit that what is checked out does not follow from is stale', () => {
    repository.git('checkout', '--quiet', '-b', 'elsewhere');
    repository.write('other.ts', 'elsewhere');
    repository.page(`Commit ${repository.commit()}; 2026-03-06; Node v20.`);
    const page = readFileSync(path.join(repository.folder, repository.table.page), 'utf8');
    repository.git('checkout', '--quiet', '--force', '-');
    repository.write(repository.table.page, page);
    expect(repository.state().age).toEqual({ kind: 'unknown-commit' });
  });

  test('of a clone that is too shallow for its commit is stale', () => {
    repository.commit();
    const clone = temporaryFolder('clone');
    repository.git('clone', '--quiet', '--depth=1', `file://${repository.folder}`, clone);
    const state = stateOf(repository.table, clone, historyOf(clone));
    expect(state).toMatchObject({ date: '2026-03-06', age: { kind: 'unknown-commit' } });
  });

  test('that names no commit is stale', () => {
    repository.page('| 1 |');
    expect(isStale(repository.state())).toBe(true);
    expect(lineOf(repository.state())).toContain('names no commit: refresh with `npm run a`');
  });

  test.each([
    ['section is empty', () => repository.page('')],
    ['markers are missing', () => repository.write('docs/page.md', 'no table')],
    ['page is missing', () => rmSync(path.join(repository.folder, 'docs/page.md'))],
  ])('whose %s was never written', (_, change) => {
    change();
    expect(isStale(repository.state())).toBe(true);
    expect(lineOf(repository.state())).toBe(
      'a            –           –          was never written: write it with `npm run a`',
    );
  });

  test('is not compared without git', () => {
    rmSync(path.join(repository.folder, '.git'), { recursive: true });
    expect(isStale(repository.state())).toBe(false);
    expect(lineOf(repository.state())).toBe(
      `a            ${measured}  2026-03-06 cannot be compared without git`,
    );
  });
});

describe('npm run tables', () => {
  const script = path.resolve('scripts/tables.ts');
  const tsx = createRequire(import.meta.url).resolve('tsx');

  /** What it prints, and with what it ends. */
  function run(
    folder: string,
    ...args: readonly string[]
  ): { readonly output: string; readonly code: number } {
    try {
      const command = ['--import', tsx, script, ...args];
      return { output: execFileSync(process.execPath, command, { cwd: folder, encoding: 'utf8' }), code: 0 };
    } catch (error) {
      const { stdout, status } = error as { readonly stdout: string; readonly status: number };
      return { output: stdout, code: status };
    }
  }

  test('has a line for each table', () => {
    const { output, code } = run('.');
    expect(code).toBe(0);
    const names = output
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0]);
    expect(names).toEqual(measuredTables.map(({ name }) => name));
  });

  test('ends with 1 when it is strict and a table is stale', () => {
    const repository = new Repository();
    repository.commit();
    expect(run(repository.folder).code).toBe(0);
    expect(run(repository.folder, '--strict').code).toBe(1);
  });

  test('says that there is no git, and ends with 0', () => {
    const { output, code } = run(temporaryFolder('no-git'));
    expect(output).toMatch(/^This folder has no git history/);
    expect(code).toBe(0);
  });
});
