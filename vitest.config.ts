import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { LongestFirst } from './test/longest-first.js';
import { PartTimes } from './test/part-times.js';
import { type Part, type PartName, readParts } from './test/parts.js';

const conditions = ['pawl-source', 'module', 'node', 'development|production'];

/**
 * How many files of a part run at once. On two cores as many as there are where a file computes, more where it waits: for a browser, for a
 * server that starts, for a deadline.
 */
const maxWorkers: Readonly<Record<PartName, number>> = {
  pure: 2,
  'shared-servers': 4,
  browsers: 3,
  'own-servers': 6,
  foreign: 2,
  abuse: 1,
};

function projectOf({ name, files }: Part, index: number): TestProjectInlineConfiguration {
  const isPure = name === 'pure';
  return {
    ssr: { resolve: { conditions } },
    resolve: { conditions },
    test: {
      name,
      include: [...files],
      setupFiles: ['test/watchdog.ts'],
      pool: 'forks',
      // One part after another, each with its own number of workers.
      sequence: { groupOrder: index },
      maxWorkers: maxWorkers[name],
      // A process for each file would spend much of its time on loading the same modules again, and no file changes one. Files that kill
      // their servers are the exception: measured slower with shared processes.
      isolate: name === 'own-servers',
      provide: { sharedServers: !isPure },
      ...(isPure ? { env: { PAWL_TEST_NEEDS: 'node' } } : {}),
      testTimeout: 120_000,
      hookTimeout: 120_000,
    },
  };
}

export default defineConfig({
  test: {
    globalSetup: ['testbed/src/vitest/shared-servers.ts'],
    sequence: { sequencer: LongestFirst },
    reporters: ['default', new PartTimes()],
    projects: readParts(import.meta.dirname).map(projectOf),
  },
});
