import { atOnceBench } from './at-once-bench.js';
import { endedBench } from './ended/ended-bench.js';
import { fleetsBench } from './fleets/fleets-bench.js';
import { growthBench } from './growth/growth-bench.js';
import { guardBench } from './guard/guard-bench.js';
import { httpBench } from './http-bench.js';
import { microBench } from './micro/micro-bench.js';
import type { Mode } from './options.js';
import { possessionBench } from './possession/possession-bench.js';
import { revocationsBench } from './revocations/revocations-bench.js';
import { sizeBench } from './size/size-bench.js';
import { soakBench } from './soak/soak-bench.js';

/** Every bench, in the order in which a smoke runs them. */
export const benches: Readonly<Record<Mode, typeof httpBench>> = {
  http: httpBench,
  guard: guardBench,
  revocations: revocationsBench,
  possession: possessionBench,
  'at-once': atOnceBench,
  fleets: fleetsBench,
  soak: soakBench,
  micro: microBench,
  size: sizeBench,
  growth: growthBench,
  ended: endedBench,
};
