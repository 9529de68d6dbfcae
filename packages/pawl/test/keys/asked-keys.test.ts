import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import {
  createLocalMasterKey,
  type KeyEvent,
  type KeyRing,
  type KeyRingOptions,
  openKeyRing,
} from '../../src/keys/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { openSqliteStore } from '../../src/stores/sqlite/index.js';
import type { Store } from '../../src/stores/store.js';
import { temporaryFolder } from '../authority/temporary-folder.js';

const masterKeys = [createLocalMasterKey(new Secret(randomBytes(32)))];
const input = Buffer.from('a code');
const storeKinds = [
  { kind: 'memory', openStore: (): Promise<Store> => Promise.resolve(createMemoryStore()) },
  { kind: 'sqlite', openStore: openTemporarySqlite },
];

async function openTemporarySqlite(): Promise<Store> {
  const store = await openSqliteStore({ path: path.join(temporaryFolder(), 'pawl.db') });
  onTestFinished(() => store.close());
  return store;
}

describe.each(storeKinds)('keys that are asked for, on $kind', ({ openStore }) => {
  interface Nodes {
    readonly one: KeyRing;
    readonly two: KeyRing;
    readonly events: readonly KeyEvent[];
    readonly open: (more?: Partial<KeyRingOptions>) => Promise<KeyRing>;
    readonly stored: () => Promise<string>;
  }

  async function openNodes(): Promise<Nodes> {
    const { documents } = await openStore();
    const events: KeyEvent[] = [];
    const open = (more: Partial<KeyRingOptions> = {}): Promise<KeyRing> =>
      openKeyRing({
        ...{ documents, masterKeys, algorithm: 'ES256', now: 1000 },
        schedule: { announceRefreshSeconds: 20 },
        onEvent: (event) => events.push(event),
        ...more,
      });
    const stored = async (): Promise<string> => (await documents.read('keys', 'ring'))?.value ?? '';
    return { one: await open(), two: await open(), events, open, stored };
  }

  test('are not made before, and then once, however many nodes ask', async () => {
    const { one, two, events, stored } = await openNodes();
    expect(one.list().map(({ use }) => use)).toEqual(['access', 'refresh']);
    const before = events.length;
    const keys = await Promise.all([one, two, one, two].map((ring) => ring.keyFor('code', 1001)));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    expect(new Set(keys.map((key) => key.mac(input).toString('hex'))).size).toBe(1);
    expect(events.slice(before)).toMatchObject([{ type: 'key.rotated', use: 'code', previousKeyId: null }]);
    const text = await stored();
    expect(await one.keyFor('code', 1002)).toBe(one.findKey('code', keys[0]?.id ?? 0));
    expect(await stored()).toBe(text);
  });

  test('serve one use each', async () => {
    const { one, two } = await openNodes();
    const code = await one.keyFor('code', 1001);
    const interaction = await one.keyFor('interaction', 1001);
    expect(interaction.mac(input)).not.toEqual(code.mac(input));
    await two.poll(1002);
    expect(two.findKey('code', code.id)?.mac(input)).toEqual(code.mac(input));
    for (const ring of [one, two]) {
      expect(ring.findKey('interaction', code.id)).toBeNull();
      expect(ring.findKey('code', interaction.id)).toBeNull();
      expect(ring.findKey('code', ring.refreshKey().id)).toBeNull();
      expect(ring.findRefreshKey(code.id)).toBeNull();
    }
  });

  test('belong to one issuer', async () => {
    const { one, open } = await openNodes();
    const of = async (issuer: string): Promise<string> =>
      (await (await open({ issuer })).keyFor('code', 1001)).mac(input).toString('hex');
    const macs = [await of('https://shop.example'), await of('https://bank.example')];
    expect(await of('https://shop.example')).toBe(macs[0]);
    expect(new Set([...macs, (await one.keyFor('code', 1001)).mac(input).toString('hex')]).size).toBe(3);
  });

  test('of codes are rotated, and the old one is accepted until its codes are over', async () => {
    const { one, two } = await openNodes();
    await expect(one.rotate('code', 1001)).rejects.toMatchObject({ code: 'key_unknown' });
    const old = await one.keyFor('code', 1001);
    expect(await two.rotate('code', 1002)).toMatchObject({ use: 'code', state: 'announced' });
    await one.poll(1003);
    expect((await one.keyFor('code', 1003)).id).toBe(old.id);
    await one.poll(1022);
    await two.poll(1022);
    const next = await one.keyFor('code', 1022);
    expect(next.id).not.toBe(old.id);
    const over = 1022 + 60 + 60;
    await two.poll(over - 1);
    expect(two.findKey('code', old.id)?.mac(input)).toEqual(old.mac(input));
    await two.poll(over);
    expect(two.findKey('code', old.id)).toBeNull();
    expect((await two.keyFor('code', over)).id).toBe(next.id);
  });

  test('of codes are refused once they have leaked, and a successor is there at once', async () => {
    const { one, two } = await openNodes();
    const leaked = await one.keyFor('code', 1001);
    const { id } = one.list().at(-1) ?? {};
    await two.poll(1002);
    expect(await two.compromise(id ?? '', 1003)).toMatchObject({ use: 'code', state: 'compromised' });
    const next = await two.keyFor('code', 1003);
    expect(next.mac(input)).not.toEqual(leaked.mac(input));
    await one.poll(1004);
    for (const ring of [one, two]) expect(ring.findKey('code', leaked.id)).toBeNull();
    expect((await one.keyFor('code', 1004)).id).toBe(next.id);
    expect(one.refreshKey().id).toBe(1);
  });

  test('of ID tokens are in the JWKS, sign with RS256, and are none of access tokens', async () => {
    const { one, two } = await openNodes();
    const [key, same] = await Promise.all([one.keyFor('id-token', 1001), two.keyFor('id-token', 1001)]);
    expect([key.algorithm, same.id]).toEqual(['RS256', key.id]);
    expect(one.jwks().keys.map(({ kid, alg }) => [kid, alg])).toEqual([
      [one.accessKey().id, 'ES256'],
      [key.id, 'RS256'],
    ]);
    expect(two.findKey('id-token', key.id)?.verify('input', key.sign('input'))).toBe(true);
    expect(one.findAccessKey(key.id)).toBeNull();
    expect(one.findKey('id-token', one.accessKey().id)).toBeNull();
    await one.compromise(key.id, 1002);
    expect(one.jwks().keys.map(({ kid }) => kid)).not.toContain(key.id);
    expect((await one.keyFor('id-token', 1002)).id).not.toBe(key.id);
  });

  test('are opened by a node that starts later', async () => {
    const { one, open } = await openNodes();
    const code = await one.keyFor('code', 1001);
    const pair = await one.keyFor('id-token', 1001);
    const fresh = await open({ now: 1002 });
    expect((await fresh.keyFor('code', 1002)).mac(input)).toEqual(code.mac(input));
    expect((await fresh.keyFor('id-token', 1002)).id).toBe(pair.id);
  });
});
