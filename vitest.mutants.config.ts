import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * From the quickest to the exhaustive searches: the first test that fails ends the work on a mutant. The searches with outages are left out: a change that
 * nothing notices would run them to their end.
 */
const order = [
  ...['session', 'binding', 'outage', 'decide', 'decide.challenges', 'decide.outages', 'decide.property'],
  ...['mutants', 'theorems'],
];

class QuickestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number =>
      order.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
    return Promise.resolve(files.toSorted((one, other) => place(one) - place(other)));
  }
}

// For `npm run mutants`. Stryker's sandbox has the packages alone, so what runs there needs no server and no other setup.
export default defineConfig({
  test: {
    include: order.map((name) => `packages/pawl/test/rotation/${name}.test.ts`),
    sequence: { sequencer: QuickestFirst },
    testTimeout: 120_000,
  },
});
