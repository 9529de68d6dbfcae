import { describe, expect, test } from 'vitest';
import type { JsonValue, Mode } from '../../src/index.js';
import { interceptStore } from './intercepted-store.js';
import { storeKinds } from './stores.js';
import { loginAs, openWorld } from './world.js';

const modes: readonly Mode[] = ['tokens', 'session'];
const cases = storeKinds.flatMap(({ kind, openStore }) => modes.map((mode) => ({ kind, mode, openStore })));

describe.each(cases)('data beside a session on the store $kind with the mode $mode', ({
  openStore,
  mode,
}) => {
  const open = async () => openWorld<Mode>({ mode, store: await openStore() });

  test('comes back on every node, and of two writers one is told to read again', async () => {
    const { authority, addNode } = await open();
    const other = await addNode();
    const { sessionId } = await loginAs(authority, 'alice');
    expect(await authority.readData(sessionId)).toEqual({ version: 0, data: {} });
    const cart = { cart: [{ article: 'pawl \u2028 "é"', count: 2 }], note: null };
    expect(await authority.writeData(sessionId, cart, 0)).toBe('written');
    expect(await other.readData(sessionId)).toEqual({ version: 1, data: cart });
    const outcomes = await Promise.all(
      [authority, other].map((node, index) => node.writeData(sessionId, { index }, 1)),
    );
    expect([...outcomes].sort()).toEqual(['conflict', 'written']);
    expect(await authority.readData(sessionId)).toEqual({
      version: 2,
      data: { index: outcomes.indexOf('written') },
    });
  });

  test('a save that is late leaves a session ended and nothing behind it', async () => {
    let hold: (() => Promise<unknown>) | null = null;
    const store = interceptStore(await openStore(), async (method, perform) => {
      if (method === 'data.write') await hold?.();
      return perform();
    });
    const { authority } = await openWorld<Mode>({ mode, store });
    const { sessionId } = await loginAs(authority, 'alice');
    await authority.writeData(sessionId, { visits: 1 }, 0);
    hold = () => authority.revokeSession(sessionId);
    expect(await authority.writeData(sessionId, { visits: 2 }, 1)).toBe('ended');
    hold = null;
    expect(await authority.readData(sessionId)).toBeNull();
    expect(await authority.writeData(sessionId, { visits: 2 }, 1)).toBe('ended');
    expect(await authority.listSessions('alice')).toEqual([]);
  });

  test('is bounded, and only what JSON holds as an object is taken', async () => {
    const { authority } = await open();
    const { sessionId } = await loginAs(authority, 'alice');
    const most = { text: 'é'.repeat((16_384 - '{"text":""}'.length - 1) / 2) };
    expect(await authority.writeData(sessionId, most, 0)).toBe('written');
    expect(await authority.readData(sessionId)).toEqual({ version: 1, data: most });
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    const refused: readonly unknown[] = [
      { text: `${most.text}é` },
      circular,
      [],
      'text',
      null,
      undefined,
      { big: 1n },
    ];
    for (const data of refused) {
      const write = authority.writeData(sessionId, data as Record<string, JsonValue>, 1);
      await expect(write).rejects.toMatchObject({ code: 'invalid_request' });
    }
    for (const version of [-1, 0.5, Number.NaN]) {
      await expect(authority.writeData(sessionId, {}, version)).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
    for (const id of ['', 'unknown', 'A'.repeat(22)]) {
      expect(await authority.readData(id)).toBeNull();
      expect(await authority.writeData(id, {}, 0)).toBe('ended');
    }
  });
});
