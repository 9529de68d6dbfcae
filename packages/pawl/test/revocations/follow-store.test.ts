import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  type FollowStoreOptions,
  followStore,
  type RevocationEntry,
  type RevocationStore,
  type StoreRevocations,
} from '../../src/revocations/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { createFakeClock } from '../../src/testing/fake-clock.js';

const startAt = 1_800_000_000;
const patience = { timeout: 60_000, interval: 5 };

function follow(source: RevocationStore, options: Partial<FollowStoreOptions> = {}): StoreRevocations {
  const followed = followStore(source, { retentionSeconds: 300, ...options });
  onTestFinished(() => followed.close());
  return followed;
}

function ended(sessionId: string): RevocationEntry {
  return { kind: 'session', sessionId, at: startAt };
}

describe('a node that follows its store', () => {
  test('tells listeners of each entry, after it knows it itself', async () => {
    const { revocations } = createMemoryStore();
    await revocations.append([ended('s1')]);
    const followed = follow(revocations);
    const heard: string[] = [];
    followed.subscribe(({ revocations: news }) => {
      for (const entry of news) {
        if (entry.kind === 'session' && followed.isRevoked({ sid: entry.sessionId, sub: '' }))
          heard.push(entry.sessionId);
      }
    });
    await followed.ready();
    await revocations.append([ended('s2'), ended('s3')]);
    await vi.waitFor(() => expect(heard).toEqual(['s1', 's2', 's3']), patience);
  });

  test('a listener that throws is reported, and the others hear', async () => {
    const { revocations } = createMemoryStore();
    const errors: unknown[] = [];
    const followed = follow(revocations, { onError: (error) => errors.push(error) });
    const heard: number[] = [];
    followed.subscribe(() => {
      throw new Error('a listener');
    });
    followed.subscribe(({ revocations: news }) => heard.push(news.length));
    await revocations.append([ended('s1')]);
    await vi.waitFor(
      () => expect([heard, errors.map(String)]).toEqual([[1], ['Error: a listener']]),
      patience,
    );
  });

  test('reads from the oldest when the feed does not go on, and forgets nothing', async () => {
    let store = createMemoryStore();
    const source: RevocationStore = {
      append: (entries) => store.revocations.append(entries),
      read: (after, limit) => store.revocations.read(after, limit),
      trim: (before, limit) => store.revocations.trim(before, limit),
      watch: (wake) => {
        const timer = setInterval(wake, 5);
        return () => clearInterval(timer);
      },
    };
    await source.append([ended('kept'), ended('lost')]);
    const followed = follow(source);
    await followed.ready();
    // A restored backup: the same number of entries, of which only the first is the same.
    const restored = createMemoryStore();
    await restored.revocations.append([ended('kept'), ended('other')]);
    store = restored;
    const knows = (sid: string): boolean => followed.isRevoked({ sid, sub: '' });
    await vi.waitFor(
      () => expect(['kept', 'lost', 'other'].map(knows)).toEqual([true, true, true]),
      patience,
    );
  });

  test('grows stale while the store does not answer, says so once, and recovers', async () => {
    const { revocations } = createMemoryStore();
    const clock = createFakeClock(startAt);
    const errors: unknown[] = [];
    let isDown = false;
    let wakeUp: () => void = () => undefined;
    const source: RevocationStore = {
      ...revocations,
      read: (after, limit) => (isDown ? Promise.reject(new Error('down')) : revocations.read(after, limit)),
      watch: (wake) => {
        wakeUp = wake;
        return () => undefined;
      },
    };
    const followed = follow(source, { clock, onError: (error) => errors.push(error) });
    expect(followed.stalenessSeconds(clock.now())).toBe(Number.POSITIVE_INFINITY);
    await followed.ready();
    expect(followed.stalenessSeconds(clock.now())).toBe(0);
    isDown = true;
    clock.advance(30);
    for (let count = 0; count < 3; count += 1) {
      wakeUp();
      await vi.waitFor(() => expect(errors.length).toBe(1), patience);
    }
    expect(followed.stalenessSeconds(clock.now())).toBe(30);
    isDown = false;
    wakeUp();
    await vi.waitFor(() => expect(followed.stalenessSeconds(clock.now())).toBe(0), patience);
    expect(errors.length).toBe(1);
  });

  test('is stale without bound while it had to drop entries', async () => {
    const { revocations } = createMemoryStore();
    const clock = createFakeClock(startAt);
    const followed = follow(revocations, { clock, maxEntries: 2 });
    await revocations.append([ended('s1'), ended('s2'), ended('s3')]);
    await vi.waitFor(() => expect(followed.isRevoked({ sid: 's3', sub: '' })).toBe(true), patience);
    expect(followed.stalenessSeconds(clock.now())).toBe(Number.POSITIVE_INFINITY);
    clock.advance(300);
    expect(followed.stalenessSeconds(clock.now())).toBe(300);
  });
});
