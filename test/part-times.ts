import type { Reporter, TestModule } from 'vitest/node';

interface Time {
  files: number;
  failed: number;
  tests: number;
  readonly startedAt: number;
  endedAt: number;
}

/** Prints, when the tests are over, how long each of their parts took, and which files took longest. */
export class PartTimes implements Reporter {
  readonly #times = new Map<string, Time>();

  onTestModuleStart({ project }: TestModule): void {
    if (this.#times.has(project.name)) return;
    const startedAt = performance.now();
    this.#times.set(project.name, { files: 0, failed: 0, tests: 0, startedAt, endedAt: startedAt });
  }

  onTestModuleEnd(module: TestModule): void {
    const time = this.#times.get(module.project.name);
    if (time === undefined) return;
    time.files += 1;
    time.failed += module.ok() ? 0 : 1;
    time.tests += [...module.children.allTests()].length;
    time.endedAt = performance.now();
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const built = process.env['PAWL_BUILD_SECONDS'];
    const rows = [...this.#times].map(([name, { files, tests, failed, startedAt, endedAt }]) => {
      const what = `${files} files, ${tests} tests${failed === 0 ? '' : `, ${failed} files FAILED`}`;
      return rowOf(name, Math.round((endedAt - startedAt) / 1000), what);
    });
    if (built !== undefined) rows.unshift(rowOf('build', Number(built), ''));
    console.log(`\nPart                Time\n${rows.join('\n')}`);
    console.log(`\nSlowest files\n${slowest(modules).join('\n')}\n`);
  }
}

function rowOf(name: string, seconds: number, what: string): string {
  return `${name.padEnd(16)} ${`${seconds} s`.padStart(7)}  ${what}`.trimEnd();
}

function slowest(modules: readonly TestModule[]): string[] {
  return modules
    .map((module) => ({ name: module.relativeModuleId, seconds: module.diagnostic().duration / 1000 }))
    .sort((left, right) => right.seconds - left.seconds)
    .slice(0, 8)
    .map(({ name, seconds }) => rowOf(name.padEnd(64), Math.round(seconds), ''));
}
