/** A part of the sources whose tests reach every branch. */
export interface Gate {
  readonly sources: string;
  /** The tests that reach them: no more than are needed, because all of them run under coverage. */
  readonly tests: readonly string[];
  /** Percent. */
  readonly branches: number;
}

/** What `npm run coverage` requires. Code that no test can reach is left out where it stands, with a reason. */
export const gates: readonly Gate[] = [
  {
    sources: 'packages/pawl/src/rotation/**',
    tests: [
      'packages/pawl/test/rotation/{binding,decide,outage,session}.test.ts',
      'packages/pawl/test/rotation/decide.{challenges,outages,property}.test.ts',
    ],
    branches: 100,
  },
];

/** Vitest's option `coverage` for these gates. */
export const coverage = {
  provider: 'v8' as const,
  include: gates.map(({ sources }) => sources),
  reporter: ['text'],
  thresholds: Object.fromEntries(gates.map(({ sources, branches }) => [sources, { branches }])),
};
