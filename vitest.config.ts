import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['pawl-source', 'module', 'node', 'development|production'] } },
  resolve: { conditions: ['pawl-source', 'module', 'node', 'development|production'] },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'lab/test/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['testbed/src/global-setup.ts'],
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
