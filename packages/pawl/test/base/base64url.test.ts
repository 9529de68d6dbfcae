import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeBase64url,
  encodeBase64url,
  encodeTextBase64url,
  encodeWithoutBuffer,
  requireBytes,
} from '../../src/base/base64url.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** RFC 4648 §5 in bits, as slow as it is plain. */
function bytesOf(text: string): readonly number[] | null {
  const sextets = Array.from(text, (character) => alphabet.indexOf(character));
  if (sextets.includes(-1)) return null;
  const bits = sextets.map((sextet) => sextet.toString(2).padStart(6, '0')).join('');
  const used = bits.length - (bits.length % 8);
  if (bits.length - used === 6 || bits.slice(used).includes('1')) return null;
  return Array.from({ length: used / 8 }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2));
}

const decoded = (text: string): readonly number[] | null => {
  const bytes = decodeBase64url(text);
  return bytes === null ? null : [...bytes];
};

test('is written without Buffer as with it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64url');
      expect([encodeBase64url(bytes), encodeWithoutBuffer(bytes)]).toEqual([text, text]);
      expect(encodeBase64url(Buffer.from(bytes))).toBe(text);
      expect(decoded(text)).toEqual([...bytes]);
    }),
  );
});

test('bytes of our own are required, and a text that is none is a bug', () => {
  expect([...requireBytes('AQID')]).toEqual([1, 2, 3]);
  for (const text of ['A', 'AB', 'AA==']) expect(() => requireBytes(text)).toThrow(TypeError);
});

test('a part of a larger buffer is written, and no byte beside it', () => {
  const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
  expect(encodeBase64url(bytes.subarray(10, 90))).toBe(encodeBase64url(bytes.slice(10, 90)));
});

test('exactly one text stands for each byte string: of all short texts, only what encoding writes is decoded', () => {
  const characters = 'AQgwZ9-_+/=. \n\0é';
  for (const a of characters) {
    for (const b of characters) {
      for (const c of ['', ...Array.from(characters)]) {
        for (const d of c === '' ? [''] : ['', ...Array.from(characters)]) {
          const text = a + b + c + d;
          expect(decoded(text), text).toEqual(bytesOf(text));
        }
      }
    }
  }
});

test('exactly one text stands for each byte string: of long texts that differ in one character too', () => {
  const change = fc.tuple(fc.nat(), fc.constantFrom(...Array.from('AQgwZ9-_+/=. \n\0é１'), ''));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 40, maxLength: 120 }), change, (bytes, [place, character]) => {
      const text = encodeBase64url(bytes);
      const at = place % text.length;
      for (const other of [
        text.slice(0, at) + character + text.slice(at + 1),
        text.slice(0, -1) + character,
        text + character,
      ]) {
        expect(decoded(other), other).toEqual(bytesOf(other));
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['padding', 'AA=='],
  ['padding alone', '='],
  ['the standard alphabet', '+/+/'],
  ['a space inside', 'AA AA'],
  ['a line break at the end', 'AAAA\n'],
  ['an impossible length', 'AAAAA'],
  ['trailing bits that are not zero', 'AB'],
  ['a letter outside ASCII', 'AAAé'],
  ['a wide digit', 'AAA１'],
  ['a NUL', 'AAA\0'],
])('refuses %s, in a long text too', (_, text) => {
  expect(decodeBase64url(text)).toBeNull();
  expect(decodeBase64url('A'.repeat(1000) + text)).toBeNull();
});

test('an impossible length is refused, the empty text is no bytes', () => {
  for (const text of ['A', 'AAAAA', 'A'.repeat(4001)]) expect(decodeBase64url(text)).toBeNull();
  expect(decoded('')).toEqual([]);
  expect(encodeBase64url(new Uint8Array())).toBe('');
});

test('a text is encoded as its UTF-8', () => {
  for (const text of ['', 'a', '{"sub":"é"}', '\u{1f600}', '\ud800'])
    expect(encodeTextBase64url(text)).toBe(encodeWithoutBuffer(new TextEncoder().encode(text)));
});
