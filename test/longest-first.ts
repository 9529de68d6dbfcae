import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, in the order in which they are begun: one that is begun last is waited for alone. A new checkout has no times of
 * earlier runs, and without those the runner would begin with the files that have most bytes.
 */
const longest = [
  'test/faults/store-away',
  'store/connections',
  'doctor/doctor',
  'serve/frozen-store',
  'serve/three-processes',
  'webhooks/takeover',
  'client/browser/tabs',
  'pages/browser',
  'postgres/durability',
  'stores/postgres/store',
  'test/faults/store-killed',
  'redis/replicas',
  'test/faults/redis-cluster',
  'store/password',
  'redis/node-redis-cluster',
  'pages/store-down',
  'test/faults/nodes-killed',
  'store/tls',
  'rotation/theorems',
  'sqlite/processes',
  'cli/main',
  'serve/first-start',
  'serve/two-processes',
  'pages/account',
  'sqlite/store',
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
