import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMacKey } from '../../src/keys/key.js';
import { maxGeneration } from '../../src/rotation/index.js';
import { maxFork } from '../../src/rotation/session.js';
import {
  decodeRefreshToken,
  encodeRefreshToken,
  type RefreshFormat,
} from '../../src/sealed/refresh-token.js';
import { anyContents, contentsOf, findKey, key, otherKey, plain, revealed } from './refresh-tokens.js';

const formats: readonly RefreshFormat[] = ['opaque', 'jwt'];
const malformed = { kind: 'malformed' };

describe.each(formats)('a refresh token in the format %s', (format) => {
  const token = encodeRefreshToken(format, contentsOf(7, 3), key);

  test('says what was written into it', () => {
    fc.assert(
      fc.property(anyContents, fc.constantFrom(key, otherKey), (contents, signer) => {
        const written = encodeRefreshToken(format, contents, signer);
        expect(plain(decodeRefreshToken(written, findKey))).toEqual(revealed(contents));
      }),
      { numRuns: 2000 },
    );
  });

  test('is the same text for the same contents and key, and another for any other', () => {
    fc.assert(
      fc.property(anyContents, anyContents, (left, right) => {
        const texts = [left, left, right].map((contents) => encodeRefreshToken(format, contents, key));
        expect(texts[0]).toBe(texts[1]);
        expect(texts[0] === texts[2]).toBe(
          JSON.stringify(revealed(left)) === JSON.stringify(revealed(right)),
        );
      }),
    );
    const contents = contentsOf(1, 0);
    expect(encodeRefreshToken(format, contents, key)).not.toBe(
      encodeRefreshToken(format, contents, otherKey),
    );
  });

  test('is refused when it is cut at any length', () => {
    for (let length = 0; length < token.length; length++) {
      expect(plain(decodeRefreshToken(token.slice(0, length), findKey)), `${length}`).toEqual(malformed);
      expect(plain(decodeRefreshToken(token.slice(length + 1), findKey)), `${length}`).toEqual(malformed);
    }
  });

  test('is refused when any character is any other', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.%~ \0é';
    for (let at = 0; at < token.length; at++) {
      for (const character of alphabet) {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        if (changed === token) continue;
        expect(decodeRefreshToken(changed, findKey).kind, changed).not.toBe('contents');
      }
    }
  });

  test('is refused when two characters change places', () => {
    for (let at = 0; at + 1 < token.length; at++) {
      const swapped = token.slice(0, at) + token.charAt(at + 1) + token.charAt(at) + token.slice(at + 2);
      if (swapped !== token) expect(decodeRefreshToken(swapped, findKey).kind).not.toBe('contents');
    }
  });

  test.each([
    ['padding', `${token}=`],
    ['double padding', `${token}==`],
    ['a full quantum of padding', `${token}====`],
    ['a byte more', `${token}A`],
    ['a quantum more', `${token}AAAA`],
    ['itself again', token + token],
    ['a space before', ` ${token}`],
    ['a space after', `${token} `],
    ['a line break', `${token}\n`],
    ['a NUL', `${token}\0`],
    ['a byte order mark', `\u{feff}${token}`],
    ['percent encoding', encodeURIComponent(`${token}=`)],
    ['upper case', token.toUpperCase()],
    ['lower case', token.toLowerCase()],
    ['a Bearer before it', `Bearer ${token}`],
  ])('is refused with %s', (_, changed) => {
    expect(plain(decodeRefreshToken(changed, findKey))).toEqual(malformed);
  });

  test('is refused in the standard alphabet of base64', () => {
    // Contents of high bits only, so that the text is sure to hold both characters that differ.
    const high = encodeRefreshToken(
      format,
      contentsOf(maxGeneration, maxFork, Buffer.alloc(16, 0xfb), Buffer.alloc(16, 0xff)),
      key,
    );
    const standard = high.replaceAll('-', '+').replaceAll('_', '/').replace('prt/', 'prt_');
    if (format === 'opaque') expect(standard).not.toBe(high);
    if (standard !== high) expect(plain(decodeRefreshToken(standard, findKey))).toEqual(malformed);
  });

  test('is refused under another secret with the same key id', () => {
    const impostor = createMacKey(key.id, Buffer.alloc(32, 1));
    const forged = encodeRefreshToken(format, contentsOf(0, 0), impostor);
    expect(plain(decodeRefreshToken(forged, findKey))).toEqual(malformed);
  });

  test('names its key when that is not known', () => {
    const unknown = createMacKey(9, Buffer.alloc(32, 1));
    const asked: number[] = [];
    const decoded = decodeRefreshToken(encodeRefreshToken(format, contentsOf(0, 0), unknown), (id) => {
      asked.push(id);
      return null;
    });
    expect(decoded).toEqual({ kind: 'unknown-key' });
    expect(asked).toEqual([9]);
  });

  test('shows its secret only when asked to', () => {
    const secret = Buffer.from('canary-canary-ca');
    const contents = contentsOf(0, 0, Buffer.alloc(16), secret);
    const decoded = decodeRefreshToken(encodeRefreshToken(format, contents, key), findKey);
    expect(JSON.stringify(decoded)).toContain('[secret]');
    expect(JSON.stringify(decoded)).not.toContain(secret.toString('base64url'));
  });
});

test('a token of one format is never read as the other', () => {
  const contents = contentsOf(1, 1);
  const opaque = encodeRefreshToken('opaque', contents, key);
  const jwt = encodeRefreshToken('jwt', contents, key);
  expect(opaque).toMatch(/^prt_[A-Za-z0-9_-]{96}$/);
  expect(opaque).toHaveLength(100);
  expect(jwt).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(plain(decodeRefreshToken(opaque.slice(4), findKey))).toEqual(malformed);
  expect(plain(decodeRefreshToken(`prt_${jwt}`, findKey))).toEqual(malformed);
});

test('the longest JWT is shorter than the limit from which tokens are refused unread', () => {
  const longest = encodeRefreshToken('jwt', contentsOf(maxGeneration, maxFork), key);
  expect(longest.length).toBeLessThan(300);
  expect(decodeRefreshToken(longest, findKey).kind).toBe('contents');
});

describe('the opaque format', () => {
  function withMac(bytes: Buffer): string {
    key.mac(Buffer.concat([Buffer.from('prt_', 'base64url'), bytes.subarray(0, 40)])).copy(bytes, 40);
    return `prt_${bytes.toString('base64url')}`;
  }
  const bytes = Buffer.from(encodeRefreshToken('opaque', contentsOf(1, 0), key).slice(4), 'base64url');

  test('lays its fields out as documented', () => {
    const contents = contentsOf(0x01020304, 0x05, Buffer.alloc(16, 0xaa), Buffer.alloc(16, 0xbb));
    const fields = Buffer.from(encodeRefreshToken('opaque', contents, key).slice(4), 'base64url');
    const expected = `011a2b${'aa'.repeat(16)}0102030405${'bb'.repeat(16)}`;
    expect(fields.subarray(0, 40).toString('hex')).toBe(expected);
    expect(withMac(Buffer.from(fields))).toBe(`prt_${fields.toString('base64url')}`);
  });

  test('refuses every other version, even with a right MAC', () => {
    for (let version = 0; version < 256; version++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(version, 0);
      const { kind } = decodeRefreshToken(withMac(changed), findKey);
      expect(kind, `version ${version}`).toBe(version === 1 ? 'contents' : 'malformed');
    }
  });

  test('refuses a MAC that does not cover the prefix', () => {
    const changed = Buffer.from(bytes);
    key.mac(changed.subarray(0, 40)).copy(changed, 40);
    const token = `prt_${changed.toString('base64url')}`;
    expect(plain(decodeRefreshToken(token, findKey))).toEqual(malformed);
  });

  test.each([
    ['zero', Buffer.alloc(32)],
    [
      'that of another token',
      Buffer.from(encodeRefreshToken('opaque', contentsOf(1, 0), key).slice(4), 'base64url').subarray(40),
    ],
  ])('refuses a MAC of %s', (_, mac) => {
    const changed = Buffer.concat([bytes.subarray(0, 40), mac]);
    expect(plain(decodeRefreshToken(`prt_${changed.toString('base64url')}`, findKey))).toEqual(malformed);
  });
});
