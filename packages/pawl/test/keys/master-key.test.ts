import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/base/secret.js';
import { createLocalMasterKey, parseMasterKey } from '../../src/keys/master-key.js';

const secret = randomBytes(32);
const plain = Buffer.from('a private part');
const context = Buffer.from('an entry');
const wrong: unknown = expect.objectContaining({ code: 'master_key_wrong' });

describe('a local master key', () => {
  test('opens what it wrapped, and wraps the same text differently each time', async () => {
    const master = createLocalMasterKey(new Secret(secret));
    const first = await master.wrap(plain, context);
    const second = await master.wrap(plain, context);
    expect(first).not.toEqual(second);
    for (const wrapped of [first, second]) {
      expect(Buffer.from(await master.unwrap(wrapped, context))).toEqual(plain);
      expect(Buffer.from(wrapped).includes(plain)).toBe(false);
    }
  });

  test('opens nothing that was changed in any byte, cut, or moved to another entry', async () => {
    const master = createLocalMasterKey(new Secret(secret));
    const wrapped = await master.wrap(plain, context);
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Buffer.from(wrapped);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(master.unwrap(changed, context)).rejects.toEqual(wrong);
      await expect(master.unwrap(wrapped.subarray(0, at), context)).rejects.toEqual(wrong);
    }
    await expect(master.unwrap(wrapped, Buffer.from('another'))).rejects.toEqual(wrong);
    await expect(createLocalMasterKey(new Secret(randomBytes(32))).unwrap(wrapped, context)).rejects.toEqual(
      wrong,
    );
  });

  test('is the same from base64url, from hexadecimal of either case, and with a line end', () => {
    const { id } = createLocalMasterKey(new Secret(secret));
    const hex = secret.toString('hex');
    for (const text of [secret.toString('base64url'), hex, hex.toUpperCase(), `${hex}\n`, ` ${hex}\r\n`]) {
      expect(parseMasterKey(text).id).toBe(id);
    }
  });

  test('has a fingerprint that differs from key to key and shows nothing of the secret', () => {
    const master = createLocalMasterKey(new Secret(secret));
    expect(master.id).toMatch(/^[0-9a-f]{16}$/);
    expect(secret.toString('hex')).not.toContain(master.id);
    expect(createLocalMasterKey(new Secret(randomBytes(32))).id).not.toBe(master.id);
    expect(inspect(master, { depth: 9, showHidden: true })).not.toContain(secret.toString('hex').slice(0, 8));
  });

  test('is refused in any other form, without an echo', () => {
    const canary = 'canary-canary-canary';
    for (const text of [
      '',
      canary,
      'ab'.repeat(31),
      'ab'.repeat(33),
      `${secret.toString('base64url')}=`,
      'g'.repeat(64),
    ]) {
      const read = () => parseMasterKey(text);
      expect(read).toThrow(expect.objectContaining({ code: 'option_invalid' }));
      if (text !== '') expect(read).not.toThrow(text);
    }
    expect(() => createLocalMasterKey(new Secret(Buffer.alloc(31)))).toThrow(
      expect.objectContaining({ code: 'option_invalid' }),
    );
  });
});
