import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from 'pawl';
import type { Store } from 'pawl/stores';
import type { Logger } from '../logs/logger.js';
import { createLease, type Lease, leaseSeconds } from './lease.js';
import { deliverPage, pollSeconds, type StreamOptions } from './stream.js';
import type { Subscriber } from './subscriber.js';

/** Three chances to renew before it is lost. */
const renewSeconds = leaseSeconds / 4;

export interface CourierOptions {
  readonly store: Pick<Store, 'documents' | 'events'>;
  readonly subscribers: readonly Subscriber[];
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly onFailure: (error: unknown) => void;
}

export interface Courier {
  /** Cuts off what is under way and lets another server go on at once. */
  stop(): Promise<void>;
}

/**
 * Delivers the event log to the subscribers, each on its own, until stopped. Of all servers of a store one at a time does; the others wait to
 * take its place.
 */
export function startCourier(options: CourierOptions): Courier {
  const { store, subscribers, logger, onFailure } = options;
  const stopping = new AbortController();
  const stopped = stopping.signal;
  const lease = createLease(store.documents, randomUUID(), () => performance.now() / 1000);
  const stream: StreamOptions = {
    store,
    clock: systemClock,
    random: Math.random,
    logger,
    mayDeliver: () => lease.isHeld(),
    stopped,
  };
  const jobs = subscribers.map((subscriber) =>
    repeat(stopped, onFailure, async () =>
      lease.isHeld() ? Math.min(pollSeconds, await deliverPage(stream, subscriber)) : pollSeconds,
    ),
  );
  if (subscribers.length > 0) jobs.push(repeat(stopped, onFailure, () => keepLease(lease, logger)));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(jobs);
      await lease.release().catch(onFailure);
    },
  };
}

async function keepLease(lease: Lease, logger: CourierOptions['logger']): Promise<number> {
  const wasHeld = lease.isHeld();
  const isHeld = await lease.keep();
  if (isHeld && !wasHeld) logger.info('this server delivers the webhooks');
  return renewSeconds;
}

/** @param work - resolves to the seconds until it wants to be called again */
async function repeat(
  stopped: AbortSignal,
  onFailure: (error: unknown) => void,
  work: () => Promise<number>,
): Promise<void> {
  while (!stopped.aborted) {
    const waitSeconds = await work().catch((error: unknown) => {
      onFailure(error);
      return pollSeconds;
    });
    // Rejects when it is cut off.
    await delay(waitSeconds * 1000, undefined, { signal: stopped }).catch(() => undefined);
  }
}
