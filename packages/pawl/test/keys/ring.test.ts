import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import {
  createLocalMasterKey,
  type KeyEvent,
  type KeyRing,
  type KeyRingOptions,
  type MasterKey,
  openKeyRing,
} from '../../src/keys/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import type { DocumentStore } from '../../src/stores/document-store.js';

const schedule = { announceAccessSeconds: 600, announceRefreshSeconds: 20, retireAccessSeconds: 300 };
const master = newMaster();
const error = (code: string): unknown => expect.objectContaining({ code });

function newMaster(): MasterKey {
  return createLocalMasterKey(new Secret(randomBytes(32)));
}

function open(documents: DocumentStore, more: Partial<KeyRingOptions> = {}): Promise<KeyRing> {
  return openKeyRing({ documents, masterKeys: [master], algorithm: 'ES256', schedule, now: 1000, ...more });
}

/** One store, several nodes, all events. */
async function cluster(
  size: number,
): Promise<{ documents: DocumentStore; rings: KeyRing[]; events: KeyEvent[] }> {
  const { documents } = createMemoryStore();
  const events: KeyEvent[] = [];
  const onEvent = (event: KeyEvent) => {
    events.push(event);
  };
  const rings = await Promise.all(Array.from({ length: size }, () => open(documents, { onEvent })));
  return { documents, rings, events };
}

async function pollAll(rings: readonly KeyRing[], now: number): Promise<void> {
  await Promise.all(rings.map((ring) => ring.poll(now)));
}

function nth(rings: readonly KeyRing[], index: number): KeyRing {
  const ring = rings[index];
  if (ring === undefined) throw new Error('no such node');
  return ring;
}

async function storedText(documents: DocumentStore): Promise<string> {
  return (await documents.read('keys', 'ring'))?.value ?? '';
}

/** Gives the store back what it held before. */
async function restore(documents: DocumentStore, value: string): Promise<void> {
  const current = await documents.read('keys', 'ring');
  expect(await documents.write('keys', 'ring', current?.version ?? 0, value)).toBe(true);
}

describe('nodes on one store', () => {
  test('that open at once end with one ring', async () => {
    const { rings, events } = await cluster(12);
    await pollAll(rings, 1000);
    expect(new Set(rings.map((ring) => ring.accessKey().id)).size).toBe(1);
    expect(new Set(rings.map((ring) => ring.refreshKey().mac(Buffer.from('x')).toString('hex'))).size).toBe(
      1,
    );
    expect(events.map(({ type }) => type)).toEqual(['key.rotated', 'key.rotated']);
  });

  test('rotate once when a rotation is due, however many poll', async () => {
    const { rings, events } = await cluster(8);
    const old = nth(rings, 0).accessKey();
    const day = 86_400;
    for (const now of [89 * day, 90 * day + 2000, 90 * day + 2001, 90 * day + 2700])
      await pollAll(rings, now);
    await pollAll(rings, 90 * day + 2701);
    expect(new Set(rings.map((ring) => ring.accessKey().id)).size).toBe(1);
    expect(nth(rings, 0).accessKey().id).not.toBe(old.id);
    for (const use of ['access', 'refresh']) {
      const types = events.filter((event) => event.use === use).map(({ type }) => type);
      expect(types).toEqual(['key.rotated', 'key.announced', 'key.rotated']);
    }
    expect(nth(rings, 5).findAccessKey(old.id)?.verify('input', old.sign('input'))).toBe(true);
  });

  test('announce one successor when all are asked at once, and repeating the call is safe', async () => {
    const { rings, events } = await cluster(16);
    const infos = await Promise.all(
      rings.flatMap((ring) => [ring.rotate('access', 1001), ring.rotate('refresh', 1001)]),
    );
    expect(new Set(infos.map(({ id }) => id)).size).toBe(2);
    expect(infos.every(({ state }) => state === 'announced')).toBe(true);
    expect(events.filter(({ type }) => type === 'key.announced')).toHaveLength(2);
  });

  test('know a successor before it signs, and its tokens are accepted wherever it signs first', async () => {
    const { rings } = await cluster(2);
    const [one, two] = [nth(rings, 0), nth(rings, 1)];
    const access = await one.rotate('access', 1001);
    const refresh = await one.rotate('refresh', 1001);
    await two.poll(1002);
    expect(two.jwks().keys.map(({ kid }) => kid)).toContain(access.id);
    expect(two.accessKey().id).not.toBe(access.id);
    await one.poll(1601);
    expect(one.accessKey().id).toBe(access.id);
    expect(two.findAccessKey(access.id)?.verify('input', one.accessKey().sign('input'))).toBe(true);
    expect(two.findRefreshKey(Number.parseInt(refresh.id, 16))?.mac(Buffer.from('x'))).toEqual(
      one.refreshKey().mac(Buffer.from('x')),
    );
  });

  test('refuse a compromised access key at once here and at the next poll there', async () => {
    const { rings, events } = await cluster(2);
    const [one, two] = [nth(rings, 0), nth(rings, 1)];
    const leaked = one.accessKey();
    expect((await one.compromise(leaked.id, 1001)).state).toBe('compromised');
    expect(two.findAccessKey(leaked.id)).not.toBeNull();
    await two.poll(1002);
    for (const ring of rings) {
      expect(ring.findAccessKey(leaked.id)).toBeNull();
      expect(ring.jwks().keys.map(({ kid }) => kid)).toEqual([one.accessKey().id]);
    }
    expect(two.accessKey().id).toBe(one.accessKey().id);
    expect(events.slice(2).map(({ type }) => type)).toEqual(['key.compromised', 'key.rotated']);
    expect((await two.compromise(leaked.id, 1003)).compromisedAt).toBe(1001);
  });

  test('promote the announced access key when the active one is compromised', async () => {
    const { rings } = await cluster(1);
    const ring = nth(rings, 0);
    const next = await ring.rotate('access', 1001);
    await ring.compromise(ring.accessKey().id, 1002);
    expect(ring.accessKey().id).toBe(next.id);
  });

  test('keep a compromised refresh key verifying, and sign with it until every node knows its successor', async () => {
    const { rings } = await cluster(2);
    const [one, two] = [nth(rings, 0), nth(rings, 1)];
    const leaked = one.refreshKey();
    expect(await one.compromise('0001', 1001)).toMatchObject({ state: 'compromised', endsAt: null });
    expect(one.refreshKey().id).toBe(leaked.id);
    await two.poll(1002);
    await two.poll(1020);
    expect(two.refreshKey().id).toBe(leaked.id);
    await two.poll(1021);
    expect(two.refreshKey().id).toBe(2);
    expect(one.findRefreshKey(2)).not.toBeNull();
    const end = 1021 + 90 * 86_400 + 60;
    await pollAll(rings, end - 1);
    expect(one.findRefreshKey(leaked.id)?.mac(Buffer.from('x'))).toEqual(leaked.mac(Buffer.from('x')));
    await pollAll(rings, end);
    expect(one.findRefreshKey(leaked.id)).toBeNull();
  });
});

describe('a key ring', () => {
  test('answers key_unknown for an id that it does not have', async () => {
    const ring = await open(createMemoryStore().documents);
    for (const id of ['', '0002', 'constructor']) {
      await expect(ring.compromise(id, 1001)).rejects.toEqual(error('key_unknown'));
    }
    expect(ring.findAccessKey('constructor')).toBeNull();
    expect(ring.findRefreshKey(2)).toBeNull();
  });

  test('keeps its objects while nothing changes, and reads the store once a poll', async () => {
    const { documents } = createMemoryStore();
    let reads = 0;
    const counting: DocumentStore = {
      ...documents,
      read: (collection, key) => {
        reads++;
        return documents.read(collection, key);
      },
      write: (...call) => documents.write(...call),
      list: (...call) => documents.list(...call),
    };
    const ring = await open(counting);
    const [jwks, access] = [ring.jwks(), ring.accessKey()];
    reads = 0;
    for (let now = 1001; now <= 1100; now++) await ring.poll(now);
    expect(reads).toBe(100);
    expect(ring.jwks()).toBe(jwks);
    expect(ring.accessKey()).toBe(access);
    expect(ring.loadedAt()).toBe(1100);
    await ring.rotate('access', 1101);
    expect(ring.jwks()).not.toBe(jwks);
    expect(ring.accessKey()).toBe(access);
  });

  test('gives up with key_ring_conflict when every swap is lost, and stays usable', async () => {
    const { documents } = createMemoryStore();
    let losing = false;
    const ring = await open({
      read: (...call) => documents.read(...call),
      list: (...call) => documents.list(...call),
      remove: (...call) => documents.remove(...call),
      write: (...call) => (losing ? Promise.resolve(false) : documents.write(...call)),
    });
    losing = true;
    await expect(ring.rotate('access', 1001)).rejects.toEqual(error('key_ring_conflict'));
    losing = false;
    expect((await ring.rotate('access', 1002)).state).toBe('announced');
  });

  test('moves to another algorithm without refusing the old one', async () => {
    const { documents } = createMemoryStore();
    const before = (await open(documents)).accessKey();
    const ring = await open(documents, { algorithm: 'EdDSA', now: 1001 });
    expect(ring.accessKey().algorithm).toBe('ES256');
    await ring.poll(1601);
    expect(ring.accessKey().algorithm).toBe('EdDSA');
    expect(ring.findAccessKey(before.id)?.verify('input', before.sign('input'))).toBe(true);
  });

  test('is put back when the store lost its last writes, so that no honest token is refused', async () => {
    const { documents } = createMemoryStore();
    const [one, two] = [await open(documents), await open(documents)];
    const backup = await storedText(documents);
    await one.rotate('refresh', 1001);
    await one.poll(1021);
    await two.poll(1022);
    await restore(documents, backup);
    await Promise.all([two.poll(1023), one.poll(1023)]);
    await one.poll(1024);
    const fresh = await open(documents, { now: 1025 });
    for (const ring of [one, two, fresh]) {
      expect(ring.refreshKey().id).toBe(2);
      expect(ring.refreshKey().mac(Buffer.from('x'))).toEqual(one.refreshKey().mac(Buffer.from('x')));
    }
  });
});

describe('the stored ring', () => {
  test('contains no private part in clear, in any encoding', async () => {
    const { documents } = createMemoryStore();
    const seen: Buffer[] = [];
    const spying: MasterKey = {
      id: master.id,
      wrap: (plain, context) => {
        seen.push(Buffer.from(plain));
        return master.wrap(plain, context);
      },
      unwrap: (...call) => master.unwrap(...call),
    };
    await open(documents, { masterKeys: [spying] });
    const text = await storedText(documents);
    expect(seen).toHaveLength(4);
    const blobs = [...text.matchAll(/"data":"([^"]+)"/g)].map((match) =>
      Buffer.from(match[1] ?? '', 'base64url'),
    );
    expect(blobs).toHaveLength(4);
    for (const plain of seen) {
      // The scalar of a P-256 key stands at byte 36 of its PKCS #8 form; a refresh secret is 32 bytes from the start.
      const secret = plain.length === 32 ? plain : plain.subarray(36, 68);
      for (const encoding of ['hex', 'base64', 'base64url', 'latin1'] as const) {
        expect(text).not.toContain(secret.toString(encoding).slice(0, 20));
      }
      for (const blob of blobs) expect(blob.includes(secret)).toBe(false);
    }
  });

  test('does not open under another master key, and the sentence says what to do', async () => {
    const { documents } = createMemoryStore();
    await open(documents);
    const before = await storedText(documents);
    const failure = open(documents, { masterKeys: [newMaster()] });
    await expect(failure).rejects.toEqual(error('master_key_wrong'));
    await expect(failure).rejects.toThrow(/Start with the master key/);
    expect(await storedText(documents)).toBe(before);
  });

  test('does not open when a private part was changed or moved to another key', async () => {
    const { documents } = createMemoryStore();
    const ring = await open(documents);
    await ring.rotate('access', 1001);
    const text = await storedText(documents);
    const parts = [...text.matchAll(/"data":"([^"]+)"/g)].map((match) => match[1] ?? '');
    const [first, , third] = parts;
    const changed = [
      ...parts.map((part) => text.replace(part, `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`)),
      text
        .replace(first ?? '', 'swap')
        .replace(third ?? '', first ?? '')
        .replace('swap', third ?? ''),
      text.replaceAll(ring.accessKey().id, 'another-kid'),
    ];
    for (const damaged of changed) {
      expect(damaged).not.toBe(text);
      await restore(documents, damaged);
      await expect(open(documents)).rejects.toEqual(error('master_key_wrong'));
    }
  });

  test('does not open when two private parts of one use change places, even if the master key ignores the context', async () => {
    const loose: MasterKey = {
      id: 'loose',
      wrap: (plain) => Promise.resolve(plain),
      unwrap: (wrapped) => Promise.resolve(wrapped),
    };
    for (const [use, masterKey] of [
      ['refresh', master],
      ['access', master],
      ['access', loose],
    ] as const) {
      const { documents } = createMemoryStore();
      const ring = await open(documents, { masterKeys: [masterKey] });
      await ring.rotate(use, 1001);
      const text = await storedText(documents);
      const parts = [...text.matchAll(/"data":"([^"]+)"/g)].map((match) => match[1] ?? '');
      const one = parts[use === 'access' ? 0 : 1] ?? '';
      const other = parts[2] ?? '';
      await restore(documents, text.replace(one, 'swap').replace(other, one).replace('swap', other));
      await expect(open(documents, { masterKeys: [masterKey] })).rejects.toEqual(error('master_key_wrong'));
    }
  });

  test('moves to a new master key while nodes run, and then opens without the old one', async () => {
    const { documents } = createMemoryStore();
    const running = await open(documents);
    const next = newMaster();
    const moved = await open(documents, { masterKeys: [next, master], now: 1001 });
    expect(await storedText(documents)).not.toContain(master.id);
    await running.poll(1002);
    const alone = await open(documents, { masterKeys: [next], now: 1003 });
    for (const ring of [running, moved, alone]) expect(ring.accessKey().id).toBe(running.accessKey().id);
    expect(alone.refreshKey().mac(Buffer.from('x'))).toEqual(running.refreshKey().mac(Buffer.from('x')));
  });

  test('of another format, or damaged, is refused as such', async () => {
    for (const value of [
      '',
      'no json',
      'null',
      '{}',
      '{"format":1,"revision":1,"nextRefreshId":1,"entries":[]}',
      '{"format":3}',
      '{"format":2,"revision":1,"nextRefreshId":1,"entries":[{}]}',
      '{"format":2,"revision":1,"nextRefreshId":1,"entries":[],"salts":[{}]}',
      '{"format":1,"format":2,"revision":1,"nextRefreshId":1,"entries":[],"salts":[]}',
    ]) {
      const { documents } = createMemoryStore();
      await documents.write('keys', 'ring', 0, value);
      await expect(open(documents), value).rejects.toEqual(error('store_incompatible'));
    }
  });

  test('refuses options that cannot work', async () => {
    const { documents } = createMemoryStore();
    await expect(open(documents, { masterKeys: [] })).rejects.toEqual(error('option_invalid'));
    await expect(open(documents, { schedule: { announceAccessSeconds: 10 } })).rejects.toEqual(
      error('option_invalid'),
    );
    expect(await documents.read('keys', 'ring')).toBeNull();
  });
});
