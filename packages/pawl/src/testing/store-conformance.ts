import { randomFraction, systemRandom } from '../base/random.js';
import type { Store } from '../stores/store.js';
import { describeClose } from './close-conformance.js';
import { describeDeadline } from './deadline-conformance.js';
import { describeData } from './data-conformance.js';
import { describeDocuments } from './document-conformance.js';
import { describeEndedCost } from './ended-cost-conformance.js';
import { describeEphemera } from './ephemera-conformance.js';
import { describeEvents } from './event-conformance.js';
import { describeGuard } from './guard-conformance.js';
import { describeOwedLogouts } from './logout-owed-conformance.js';
import { describeModel } from './model-conformance.js';
import { describeRaces } from './race-conformance.js';
import { describeReplays } from './replay-conformance.js';
import { describeRevocations } from './revocation-conformance.js';
import { createSeededRandom } from './seeded-random.js';
import { describeSessions } from './session-conformance.js';
import { describeSessionEnds } from './session-end-conformance.js';
import { describeSessionFamilies } from './session-family-conformance.js';
import { describeSessionLimits } from './session-limit-conformance.js';
import { describeSweep } from './sweep-conformance.js';
import type { StoreAccess, StoreOpener } from './store-access.js';
import type { TestRunner } from './test-runner.js';
import { describeUnusualInput } from './unusual-input-conformance.js';

/** How much the suite does, and from which seed. */
export interface SuiteOptions {
  /** Seed of everything random; printed in the name of the suite. Default: drawn anew. */
  readonly seed?: number;
  /** Rounds of each race. Default 200. */
  readonly raceRounds?: number;
  /** Sequences of random operations that are compared with the memory store. Default 100. */
  readonly modelRuns?: number;
}

/**
 * Defines the tests that every store of Pawl has to pass. There are no flags to leave a part out.
 *
 * It does NOT test durability: only the author of a store can end its process or its machine.
 *
 * @param runner - vitest, jest, or node:test behind {@link TestRunner}
 */
export function storeConformance(runner: TestRunner, opener: StoreOpener, options: SuiteOptions = {}): void {
  const seed = options.seed ?? Math.floor(randomFraction(systemRandom) * 0x1_0000_0000);
  const access: StoreAccess = {
    runner,
    opener,
    random: createSeededRandom(seed),
    raceRounds: options.raceRounds ?? 200,
    modelRuns: options.modelRuns ?? 100,
    withStores: (connections, check) => withStores(opener, connections, check),
    withStore: (check) => withStores(opener, 1, ([store]) => check(store as Store)),
  };
  runner.describe(`store conformance, seed ${String(seed)}`, () => {
    describeSessions(access);
    describeSessionEnds(access);
    describeSessionFamilies(access);
    describeSessionLimits(access);
    describeEndedCost(access);
    describeOwedLogouts(access);
    describeGuard(access);
    describeData(access);
    describeDocuments(access);
    describeEvents(access);
    describeReplays(access);
    describeEphemera(access);
    describeRevocations(access);
    describeSweep(access);
    describeUnusualInput(access);
    describeRaces(access);
    describeModel(access);
    describeClose(access);
    describeDeadline(access);
  });
}

async function withStores(
  opener: StoreOpener,
  connections: number,
  check: (stores: readonly Store[]) => Promise<void>,
): Promise<void> {
  const stores = [await opener.open()];
  try {
    while (stores.length < connections) stores.push(await opener.openAnother());
    await check(stores);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    await opener.remove();
  }
}
