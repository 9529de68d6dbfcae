/**
 * What the tests of a store, or of an application on Pawl, need: the conformance suite, a clock that is set by hand.
 *
 * @module pawl/testing
 */
export { createFakeClock, type FakeClock } from './fake-clock.js';
export { createSeededRandom, type SeededRandom } from './seeded-random.js';
export { storeConformance, type SuiteOptions } from './store-conformance.js';
export type { StoreOpener, StuckStore } from './store-access.js';
export type { TestRunner } from './test-runner.js';
