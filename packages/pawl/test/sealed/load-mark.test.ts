import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeDpopNonce } from '../../src/sealed/dpop-nonce.js';
import { encodeLoadMark, isLoadMark } from '../../src/sealed/load-mark.js';
import { type KeyRing, openKeyRing, parseMasterKey } from '../../src/keys/index.js';
import { createMemoryStore } from '../../src/stores/memory/index.js';
import { loginAs, openWorld, startAt } from '../authority/world.js';

const openRing = (): Promise<KeyRing> =>
  openKeyRing({
    documents: createMemoryStore().documents,
    masterKeys: [parseMasterKey('ab'.repeat(32))],
    algorithm: 'ES256',
    now: startAt,
  });

async function ringWithMark(): Promise<{ mark: string; isMark: (text: string, now?: number) => boolean }> {
  const ring = await openRing();
  return {
    mark: encodeLoadMark(ring.refreshKey(), startAt),
    isMark: (text, now = startAt) => isLoadMark(text, (id) => ring.findRefreshKey(id), now),
  };
}

describe('a mark of an own load', () => {
  test('is good for 60 seconds, and as long before for a node whose clock is behind', async () => {
    const { mark, isMark } = await ringWithMark();
    const issuedAt = Math.floor(startAt);
    for (const seconds of [-60, -1, 0, 0.25, 1, 60])
      expect(isMark(mark, issuedAt + seconds), `${seconds}`).toBe(true);
    for (const seconds of [-86_400, -60.5, 60.5, 61, 3600, 86_400])
      expect(isMark(mark, issuedAt + seconds), `${seconds}`).toBe(false);
  });

  test('holds in an address as it is', async () => {
    const { mark } = await ringWithMark();
    expect(mark).toMatch(/^plm_[\w-]{55}$/);
  });

  test('is none with any character changed, added or missing', async () => {
    const { mark, isMark } = await ringWithMark();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = 0; at < mark.length; at += 1)
      for (const other of alphabet)
        if (other !== mark[at]) expect(isMark(mark.slice(0, at) + other + mark.slice(at + 1))).toBe(false);
    for (const text of [
      '',
      mark.slice(1),
      mark.slice(0, -1),
      `${mark}A`,
      `${mark}=`,
      ` ${mark}`,
      mark + mark,
      'é',
    ])
      expect(isMark(text), text).toBe(false);
    for (let round = 0; round < 1000; round += 1)
      expect(isMark(`plm_${randomBytes(41).toString('base64url')}`)).toBe(false);
  });

  test('of another ring is none', async () => {
    const { mark } = await ringWithMark();
    const { isMark } = await ringWithMark();
    expect(isMark(mark)).toBe(false);
  });

  test('is nothing else under the same key, and nothing else is one', async () => {
    const { authority } = await openWorld();
    const { accessToken, refreshToken } = await loginAs(authority, 'ada');
    const mark = authority.loadMark();
    expect(authority.isLoadMark(mark)).toBe(true);
    for (const text of [accessToken, refreshToken]) expect(authority.isLoadMark(text)).toBe(false);
    const ring = await openRing();
    const isMark = (text: string) => isLoadMark(text, (id) => ring.findRefreshKey(id), startAt);
    expect(isMark(encodeDpopNonce(ring.refreshKey(), startAt))).toBe(false);
    expect(await authority.refresh({ refreshToken: mark })).toMatchObject({ outcome: 'malformed' });
    expect(await authority.verify(mark)).toEqual({ valid: false, reason: 'malformed' });
  });

  test('is good at every node, and under a key that was rotated away', async () => {
    const { authority, addNode, clock } = await openWorld();
    const other = await addNode();
    const mark = authority.loadMark();
    expect(other.isLoadMark(mark)).toBe(true);
    await authority.keys.rotate('refresh');
    clock.advance(30);
    expect([authority.isLoadMark(mark), other.isLoadMark(mark)]).toEqual([true, true]);
    clock.advance(31);
    expect([authority.isLoadMark(mark), other.isLoadMark(mark)]).toEqual([false, false]);
  });
});
