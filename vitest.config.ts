import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['pawl-source', 'module', 'node', 'development|production'] } },
  resolve: { conditions: ['pawl-source', 'module', 'node', 'development|production'] },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'lab/test/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['testbed/src/global-setup.ts'],
    setupFiles: ['test/watchdog.ts'],
    pool: 'forks',
    // Also on two cores, where one would be the default: most of the time goes to servers that start or are waited for.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
