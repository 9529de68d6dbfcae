import { createMemoryStore } from 'pawl/stores/memory';
import type { DocumentStore } from 'pawl/stores';
import { PawlError } from 'pawl';
import { describe, expect, test } from 'vitest';
import { createLease, type Lease, leaseSeconds } from '../../src/webhooks/lease.js';

function servers(documents: DocumentStore = createMemoryStore().documents) {
  // Each server's own; they need not agree.
  const [leftWatch, rightWatch] = [{ at: 0 }, { at: 500 }];
  return {
    left: createLease(documents, 'left', () => leftWatch.at),
    right: createLease(documents, 'right', () => rightWatch.at),
    advance: (seconds: number): void => {
      leftWatch.at += seconds;
      rightWatch.at += seconds;
    },
  };
}

const held = (...leases: readonly Lease[]): boolean[] => leases.map((lease) => lease.isHeld());

describe('the lease', () => {
  test('is held by one, for as long as it renews', async () => {
    const { left, right, advance } = servers();
    expect(await left.keep()).toBe(true);
    for (let round = 0; round < 20; round += 1) {
      expect(await right.keep()).toBe(false);
      advance(leaseSeconds / 2);
      expect(await left.keep()).toBe(true);
      expect(held(left, right)).toEqual([true, false]);
    }
  });

  test('of a server that is gone is taken, and never before the old holder knows that it is over', async () => {
    const { left, right, advance } = servers();
    await left.keep();
    advance(3);
    expect(await right.keep()).toBe(false);
    for (let second = 0; second < leaseSeconds - 1; second += 1) {
      advance(1);
      expect(await right.keep()).toBe(false);
    }
    expect(held(left)).toEqual([false]);
    advance(1);
    expect(await right.keep()).toBe(true);
    expect(await left.keep()).toBe(false);
  });

  test('that is given away is free at once', async () => {
    const { left, right } = servers();
    await left.keep();
    await left.release();
    expect(held(left)).toEqual([false]);
    expect(await right.keep()).toBe(true);
  });

  test('is won by exactly one of many at once', async () => {
    const { documents } = createMemoryStore();
    const leases = Array.from({ length: 8 }, (_, index) =>
      createLease(documents, `server-${index}`, () => 0),
    );
    const won = await Promise.all(leases.map((lease) => lease.keep()));
    expect(won.filter(Boolean)).toHaveLength(1);
  });

  test('is kept when the answer to a renewal was lost, or the store was away for a moment', async () => {
    const { documents } = createMemoryStore();
    let isAnswerLost = false;
    const { left, advance } = servers({
      ...documents,
      write: async (...args) => {
        const written = await documents.write(...args);
        if (isAnswerLost) throw new PawlError('store_unavailable', 'lost');
        return written;
      },
    });
    await left.keep();
    isAnswerLost = true;
    await expect(left.keep()).rejects.toThrow();
    expect(held(left)).toEqual([true]);
    isAnswerLost = false;
    advance(1);
    expect(await left.keep()).toBe(true);
    advance(leaseSeconds);
    expect(held(left)).toEqual([false]);
  });
});
