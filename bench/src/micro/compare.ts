import { median, medianRatio } from '../statistics.js';

/** A step and the least that it could be made of. */
export interface Comparison {
  readonly name: string;
  readonly reference: string;
  /** Steps per call of `run` and of `runReference`. */
  readonly stepsPerCall: number;
  /** Makes what the next calls of `run` use up. It is not measured. */
  prepare?(calls: number): void;
  run(): unknown;
  runReference(): unknown;
}

export interface Compared {
  readonly name: string;
  readonly reference: string;
  readonly microseconds: number;
  readonly referenceMicroseconds: number;
  readonly ratio: number;
  /** User and system time of all threads of this process. */
  readonly cpuMicroseconds: number;
  readonly referenceCpuMicroseconds: number;
  readonly cpuRatio: number;
}

interface Cost {
  readonly microseconds: number;
  readonly cpuMicroseconds: number;
}

/** Measures both in turns, batch by batch, so that a change of the machine's speed meets both. */
export async function compare(
  comparison: Comparison,
  { batches, batchSeconds }: { readonly batches: number; readonly batchSeconds: number },
): Promise<Compared> {
  const { stepsPerCall } = comparison;
  const own = (calls: number): Promise<Cost> => {
    comparison.prepare?.(calls);
    return costOf(calls, stepsPerCall, () => comparison.run());
  };
  const reference = (calls: number): Promise<Cost> =>
    costOf(calls, stepsPerCall, () => comparison.runReference());
  const fill = batchSeconds / stepsPerCall;
  const [ownCalls, referenceCalls] = [await callsIn(fill, own), await callsIn(fill, reference)];
  const costs: Cost[] = [];
  const referenceCosts: Cost[] = [];
  for (let batch = 0; batch < batches; batch++) {
    costs.push(await own(ownCalls));
    referenceCosts.push(await reference(referenceCalls));
  }
  const [times, referenceTimes] = [microsecondsOf(costs), microsecondsOf(referenceCosts)];
  const [cpuTimes, referenceCpuTimes] = [cpuMicrosecondsOf(costs), cpuMicrosecondsOf(referenceCosts)];
  return {
    name: comparison.name,
    reference: comparison.reference,
    microseconds: median(times),
    referenceMicroseconds: median(referenceTimes),
    ratio: medianRatio(times, referenceTimes),
    cpuMicroseconds: median(cpuTimes),
    referenceCpuMicroseconds: median(referenceCpuTimes),
    cpuRatio: medianRatio(cpuTimes, referenceCpuTimes),
  };
}

/** How many calls fill a batch; finding out is the warm-up. */
async function callsIn(seconds: number, measure: (calls: number) => Promise<Cost>): Promise<number> {
  let calls = 1;
  for (;;) {
    const { microseconds } = await measure(calls);
    if (calls * microseconds >= seconds * 1e6) return calls;
    calls *= 2;
  }
}

/** Of one step. */
async function costOf(calls: number, stepsPerCall: number, call: () => unknown): Promise<Cost> {
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (let done = 0; done < calls; done++) {
    const result = call();
    // Awaiting what is no promise would cost more than the step.
    if (result instanceof Promise) await result;
  }
  const milliseconds = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(usedBefore);
  const steps = calls * stepsPerCall;
  return { microseconds: (milliseconds * 1000) / steps, cpuMicroseconds: (user + system) / steps };
}

function microsecondsOf(costs: readonly Cost[]): number[] {
  return costs.map(({ microseconds }) => microseconds);
}

function cpuMicrosecondsOf(costs: readonly Cost[]): number[] {
  return costs.map(({ cpuMicroseconds }) => cpuMicroseconds);
}
