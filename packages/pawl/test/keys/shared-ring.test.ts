import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { createLocalMasterKey, type KeyRing, type MasterKey, openKeyRing } from '../../src/keys/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import type { DocumentStore } from '../../src/stores/document-store.js';

const schedule = { announceAccessSeconds: 600, announceRefreshSeconds: 20, retireAccessSeconds: 300 };
const newMaster = () => createLocalMasterKey(new Secret(randomBytes(32)));
const one = newMaster();
const two = newMaster();

interface StoredEntry {
  readonly id: string;
  readonly sealed: { readonly masterKeyId: string; readonly data: string } | null;
}

/** A store that counts what is written to it, and answers the next writes as told. */
class Place {
  readonly #documents = createMemoryStore().documents;
  writes = 0;
  /** `lost`: another node was faster. `unanswered`: carried out, and nobody hears of it. */
  readonly trouble: ('lost' | 'unanswered' | 'down')[] = [];

  readonly documents: DocumentStore = {
    read: (...call) => this.#documents.read(...call),
    list: (...call) => this.#documents.list(...call),
    remove: (...call) => this.#documents.remove(...call),
    write: async (...call) => {
      const trouble = this.trouble.shift();
      if (trouble === 'lost') return false;
      if (trouble === 'down') throw new Error('the store is away');
      this.writes += 1;
      const written = await this.#documents.write(...call);
      if (trouble === 'unanswered') throw new Error('the store is away');
      return written;
    },
  };

  open(masterKeys: readonly MasterKey[], now = 1000): Promise<KeyRing> {
    return openKeyRing({ documents: this.documents, masterKeys, algorithm: 'ES256', schedule, now });
  }

  async text(): Promise<string> {
    return (await this.#documents.read('keys', 'ring'))?.value ?? '';
  }

  async entries(): Promise<readonly StoredEntry[]> {
    return (JSON.parse(await this.text()) as { readonly entries: readonly StoredEntry[] }).entries;
  }

  /** The fingerprints of the master keys that private parts are wrapped under, oldest key first; null for an ended key. */
  async wrappedUnder(): Promise<(string | null)[]> {
    return (await this.entries()).map(({ sealed }) => sealed?.masterKeyId ?? null);
  }
}

describe('what is wrapped under the first master key of a node', () => {
  test('is not written again, by the node that made it or by one that starts', async () => {
    const place = new Place();
    const ring = await place.open([one]);
    const text = await place.text();
    for (const masterKeys of [[one], [one, two]]) {
      const next = await place.open(masterKeys, 1001);
      await next.poll(1002);
    }
    await ring.poll(1003);
    expect(await place.text()).toBe(text);
    expect(place.writes).toBe(1);
  });

  test('stays as it is when another entry is wrapped anew', async () => {
    const place = new Place();
    const old = await place.open([one]);
    const moved = await place.open([two, one], 1001);
    await old.rotate('access', 1002);
    const before = await place.entries();
    expect(await place.wrappedUnder()).toEqual([two.id, two.id, one.id]);
    await moved.poll(1003);
    const after = await place.entries();
    expect(await place.wrappedUnder()).toEqual([two.id, two.id, two.id]);
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
  });
});

describe('what is wrapped under another master key of the node', () => {
  test('is wrapped once by each node that has it in another order, and then left', async () => {
    const place = new Place();
    const nodes = [await place.open([one, two]), await place.open([two, one], 1001)];
    const settle = async (from: number): Promise<void> => {
      for (let now = from; now < from + 5; now++) for (const node of nodes) await node.poll(now);
    };
    await settle(1002);
    const { writes } = place;
    // Made, wrapped by the other, wrapped back.
    expect(writes).toBe(3);
    await settle(1010);
    expect(place.writes).toBe(writes);
    await nodes[0]?.rotate('refresh', 1020);
    await settle(1021);
    const settled = place.writes;
    await settle(1030);
    expect(place.writes).toBe(settled);
    const alone = await place.open([one, two], 1040);
    for (const node of nodes) expect(node.accessKey().id).toBe(alone.accessKey().id);
  });

  test('is wrapped beside keys that have ended, which have no private part', async () => {
    const place = new Place();
    const ring = await place.open([one]);
    await ring.compromise(ring.accessKey().id, 1001);
    const moved = await place.open([two, one], 1002);
    expect(await place.wrappedUnder()).toEqual([null, two.id, two.id]);
    expect(moved.list()[0]?.state).toBe('compromised');
    expect((await place.open([two], 1003)).accessKey().id).toBe(moved.accessKey().id);
  });

  test.each([
    ['lost to another node', 'lost'],
    ['not carried out', 'down'],
    ['not answered', 'unanswered'],
  ] as const)('is wrapped by the node after all when its first write was %s', async (_how, trouble) => {
    const place = new Place();
    const old = await place.open([one]);
    const moved = await place.open([two, one], 1001);
    const added = await old.rotate('access', 1002);
    place.trouble.push(trouble);
    await moved.poll(1003).catch(() => undefined);
    await moved.poll(1004);
    expect(place.trouble).toEqual([]);
    expect(await place.wrappedUnder()).toEqual([two.id, two.id, two.id]);
    expect((await place.open([two], 1005)).findAccessKey(added.id)?.id).toBe(added.id);
  });
});

test('what is wrapped under a master key that the node was not given is left alone', async () => {
  const place = new Place();
  const old = await place.open([one]);
  await place.open([two, one], 1001);
  const text = await place.text();
  await old.poll(1002);
  await old.poll(1003);
  expect(await place.text()).toBe(text);
  expect(old.loadedAt()).toBe(1003);
});
