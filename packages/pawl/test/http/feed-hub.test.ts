import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { BodySink } from '../../src/http/body-stream.js';
import { createFeedHub, type FeedHub } from '../../src/http/feed-hub.js';
import { followStore, type RevocationEntry } from '../../src/revocations/index.js';
import type { Store } from '../../src/stores/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';

const patience = { timeout: 60_000, interval: 5 };

interface Taker {
  readonly sink: BodySink;
  readonly texts: string[];
  isEnded: boolean;
  /** Takes what waits, and more from then on. */
  takeAll(): void;
}

/** A subscriber that takes nothing until it is told to. */
function slowTaker(): Taker {
  const texts: string[] = [];
  let untakenBytes = 0;
  let isOpen = false;
  let waiting: (() => void) | null = null;
  const taker: Taker = {
    texts,
    isEnded: false,
    sink: {
      write(text) {
        texts.push(text);
        if (!isOpen) untakenBytes += text.length;
        return untakenBytes;
      },
      whenTaken(callback) {
        waiting = callback;
      },
      end() {
        taker.isEnded = true;
      },
    },
    takeAll() {
      isOpen = true;
      untakenBytes = 0;
      waiting?.();
    },
  };
  return taker;
}

async function open(
  kept: number,
  heartbeatSeconds = 60,
): Promise<{ readonly store: Store; readonly hub: FeedHub }> {
  const store = createMemoryStore();
  await store.revocations.append(ends(kept, 'old'));
  const revocations = followStore(store.revocations, { retentionSeconds: 300 });
  const hub = createFeedHub({ revocations: () => revocations, now: () => 0, heartbeatSeconds });
  onTestFinished(async () => {
    hub.close();
    await revocations.close();
  });
  return { store, hub };
}

function ends(count: number, name: string): RevocationEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'session',
    sessionId: `${name}-${String(index).padStart(16, '0')}`,
    at: 1,
  }));
}

describe('a subscriber', () => {
  test('that is slow gets its snapshot bit by bit, and then what came meanwhile', async () => {
    const { store, hub } = await open(20_000);
    const taker = slowTaker();
    (await hub.open(null)).start(taker.sink);
    const before = taker.texts.length;
    expect(before).toBeLessThan(6);
    await store.revocations.append(ends(1, 'new'));
    const other = slowTaker();
    other.takeAll();
    (await hub.open(null)).start(other.sink);
    await vi.waitFor(() => expect(other.texts.join('')).toContain('new-'), patience);
    expect(taker.texts.length).toBe(before);
    taker.takeAll();
    const text = taker.texts.join('');
    expect(text.match(/"sessionId"/g)?.length).toBe(20_001);
    expect(text.indexOf('event: complete')).toBeGreaterThan(text.indexOf('new-'));
  });

  test('that is up to date and takes nothing more is cut off, and nobody else', async () => {
    const { store, hub } = await open(0);
    const [slow, quick] = [slowTaker(), slowTaker()];
    quick.takeAll();
    for (const { sink } of [slow, quick]) (await hub.open(null)).start(sink);
    for (let round = 0; round < 8; round += 1) await store.revocations.append(ends(3000, String(round)));
    await vi.waitFor(() => expect(slow.isEnded).toBe(true), patience);
    await vi.waitFor(() => expect(quick.texts.join('').match(/"sessionId"/g)?.length).toBe(24_000), patience);
    expect(quick.isEnded).toBe(false);
    expect(slow.texts.join('').length).toBeLessThan(2_000_000);
  });

  test('that takes nothing of its snapshot is cut off after some heartbeats', async () => {
    const { hub } = await open(20_000, 0.01);
    const taker = slowTaker();
    (await hub.open(null)).start(taker.sink);
    await vi.waitFor(() => expect(taker.isEnded).toBe(true), patience);
  });
});
