import { median, medianRatio } from '../statistics.js';

/** A step and the least that it could be made of. */
export interface Comparison {
  readonly name: string;
  readonly reference: string;
  /** Steps per call of `run` and of `runReference`. */
  readonly stepsPerCall: number;
  run(): unknown;
  runReference(): unknown;
}

export interface Compared {
  readonly name: string;
  readonly reference: string;
  readonly microseconds: number;
  readonly referenceMicroseconds: number;
  readonly ratio: number;
}

/** Times both in turns, batch by batch, so that a change of the machine's speed meets both. */
export async function compare(
  comparison: Comparison,
  { batches, batchSeconds }: { readonly batches: number; readonly batchSeconds: number },
): Promise<Compared> {
  const own = (): unknown => comparison.run();
  const reference = (): unknown => comparison.runReference();
  const [ownCalls, referenceCalls] = [
    await callsIn(batchSeconds, own),
    await callsIn(batchSeconds, reference),
  ];
  const times: number[] = [];
  const referenceTimes: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    times.push((await timeOf(ownCalls, own)) / comparison.stepsPerCall);
    referenceTimes.push((await timeOf(referenceCalls, reference)) / comparison.stepsPerCall);
  }
  return {
    name: comparison.name,
    reference: comparison.reference,
    microseconds: median(times),
    referenceMicroseconds: median(referenceTimes),
    ratio: medianRatio(times, referenceTimes),
  };
}

/** How many calls fill a batch; finding out is the warm-up. */
async function callsIn(seconds: number, call: () => unknown): Promise<number> {
  let calls = 1;
  for (;;) {
    const microsecondsPerCall = await timeOf(calls, call);
    if (calls * microsecondsPerCall >= seconds * 1e6) return calls;
    calls *= 2;
  }
}

/** Microseconds per call. */
async function timeOf(calls: number, call: () => unknown): Promise<number> {
  const startedAt = performance.now();
  for (let done = 0; done < calls; done++) {
    const result = call();
    // Awaiting what is no promise would cost more than the step.
    if (result instanceof Promise) await result;
  }
  return ((performance.now() - startedAt) * 1000) / calls;
}
