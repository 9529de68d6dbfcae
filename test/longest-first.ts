import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, in the order in which they are begun: one that is begun last is waited for alone. A new checkout has no times of
 * earlier runs, and without those the runner would begin with the files that have most bytes.
 */
const longest = [
  'test/faults/store-away',
  'store/connections',
  'serve/frozen-store',
  'serve/three-processes',
  'webhooks/takeover',
  'doctor/doctor',
  'redis/replicas',
  'test/faults/store-killed',
  'client/browser/tabs',
  'rotation/theorems',
  'test/faults/redis-cluster',
  'account/browser',
  'account/store-down',
  'stores/postgres/store',
  'redis/node-redis-cluster',
  'cli/main',
  'store/password',
  'redis/node-redis',
  'redis/ioredis',
  'serve/first-start',
  'sqlite/processes',
].map((name) => `/${name}.test.ts`);

/** Begins with the files that take longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = longest.findIndex((end) => moduleId.endsWith(end));
      return index === -1 ? longest.length : index;
    };
    return others.toSorted((one, other) => rank(one) - rank(other));
  }
}
