import { defineConfig } from 'vitest/config';
import { coverage, gates } from './test/coverage.js';

// For `npm run coverage`: the tests of the gates alone, which need no server.
export default defineConfig({
  ssr: { resolve: { conditions: ['pawl-source', 'module', 'node', 'development|production'] } },
  resolve: { conditions: ['pawl-source', 'module', 'node', 'development|production'] },
  test: {
    include: gates.flatMap(({ tests }) => tests),
    coverage: { ...coverage, enabled: true },
  },
});
