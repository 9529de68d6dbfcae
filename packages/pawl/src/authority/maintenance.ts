import { tellOfLeakedKeys } from './compromise.js';
import type { Context } from './context.js';

const pollEveryMilliseconds = 1000;
const sweepEveryMilliseconds = 60_000;

/** Records that one round of garbage collection deletes at most, so that no round holds the store up. */
const sweepLimit = 1000;

/** A minute of 1,000 revocations a second is 60 times the limit. */
const maxTrims = 200;

/** One round of everything that runs in the background. */
export async function runMaintenance(context: Context): Promise<void> {
  await pollRing(context);
  await sweep(context);
}

async function sweep(context: Context): Promise<void> {
  const { options, store } = context;
  await store.sweep(context.now(), sweepLimit);
  const before = context.now() - options.revocationRetentionSeconds;
  for (let round = 0; round < maxTrims; round++) {
    if ((await store.revocations.trim(before, sweepLimit)) < sweepLimit) return;
  }
}

/** Tells every second, also without requests, whether the store answers; and verifiers of leaked keys that nobody told them of. */
async function pollRing(context: Context): Promise<void> {
  const { outages, ring, clock, store } = context;
  const startedAt = context.now();
  try {
    await clock.learn(store);
    await ring.poll(context.now());
  } catch (error) {
    outages.pollFailed(startedAt, error);
    throw error;
  }
  outages.pollAnswered(context.now());
  reportClock(context);
  await tellOfLeakedKeys(context);
}

/** Clocks that are kept by NTP differ by less. */
const noticedSeconds = 1;

/** Tells once of clocks that differ, and again when the difference has changed by as much as is noticed. */
function reportClock(context: Context): void {
  const { differenceSeconds } = context.clock;
  if (Math.abs(differenceSeconds - context.reported.clockDifferenceSeconds) <= noticedSeconds) return;
  context.reported.clockDifferenceSeconds = differenceSeconds;
  context.events.emit({ type: 'clock.differs', at: context.now(), differenceSeconds });
}

/**
 * Keeps the key ring fresh and sweeps the store until stopped. A failed round is reported and the next one tries again.
 * The timers do not keep the process alive.
 */
export function startMaintenance(
  context: Context,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  const jobs = [
    repeat(pollEveryMilliseconds, () => pollRing(context), onError),
    repeat(sweepEveryMilliseconds, () => sweep(context), onError),
  ];
  return {
    async stop() {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}

function repeat(
  everyMilliseconds: number,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = work()
      .then(() => undefined, onError)
      .finally(() => {
        busy = false;
      });
  }, everyMilliseconds);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return running;
    },
  };
}
