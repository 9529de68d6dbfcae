import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const sources = [
  'packages/*/src/**/*.ts',
  'packages/server/src/**/*.tsx',
  'lab/src/**/*.ts',
  'bench/src/**/*.ts',
];
const tests = ['packages/*/test/**/*.ts', 'lab/test/**/*.ts', 'test/**/*.ts'];

const clockReads = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Time is an argument in pure code and a Clock at the edges (base/clock.ts).',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time is an argument in pure code and a Clock at the edges (base/clock.ts).',
  },
];

export default defineConfig(
  globalIgnores(['**/dist/', '**/coverage/', '**/node_modules/', 'data/', 'bench/results/', '.stryker-tmp/']),
  {
    // A rule is changed here, with its reason, or the code is changed: no line of code switches one off.
    linterOptions: { noInlineConfig: true },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // An import of types alone must vanish when compiled, or the layering test would miss what it loads.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex:
                '^(assert|buffer|child_process|crypto|events|fs|http|net|os|path|stream|url|util)(/.*)?$',
              message: 'Write node: before the name of a built-in module.',
            },
          ],
        },
      ],

      // Ports are asynchronous, and `async` turns a throw into a rejection also where nothing is awaited.
      '@typescript-eslint/require-await': 'off',
      // A number reads the same in every template; objects, null and undefined stay refused.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => close()` is the shortest form of a callback whose result nobody reads.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  {
    files: sources,
    rules: {
      'max-lines-per-function': ['error', { max: 70, skipComments: true, skipBlankLines: true }],
      'max-depth': ['error', 4],
    },
  },
  {
    files: ['packages/pawl/src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Unpredictable bytes come from base/random.ts.' },
      ],
    },
  },
  {
    files: ['packages/pawl/src/**/*.ts'],
    // The client imports nothing of the rest, the clock included: it has its own edges.
    ignores: [
      'packages/pawl/src/base/clock.ts',
      'packages/pawl/src/client/device.ts',
      'packages/pawl/src/client/node/lock-file.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', ...clockReads] },
  },
  {
    files: tests,
    rules: {
      'no-restricted-properties': [
        'error',
        ...['mock', 'doMock', 'useFakeTimers', 'stubGlobal', 'setSystemTime'].map((property) => ({
          object: 'vi',
          property,
          message: 'Tests use real things and a Clock that they move themselves.',
        })),
      ],
    },
  },
  {
    // Vitest reads the default export of its configuration.
    files: ['vitest.config.ts', 'vitest.*.config.ts'],
    rules: { 'no-restricted-exports': 'off' },
  },
);
