import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64url, encodeBase64url } from '../../src/base/base64url.js';
import { fromBase64url } from '../../src/base/bytes.js';

test('bytes of any length are written as node writes them, and come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const text = encodeBase64url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect(decodeBase64url(text)).toEqual(new Uint8Array(bytes));
    }),
  );
});

test('exactly one text stands for each byte string: of all short texts, only what encoding writes is decoded', () => {
  const characters = 'AQgwZ9-_+/=. \n\0é';
  for (const a of characters) {
    for (const b of characters) {
      for (const c of ['', ...Array.from(characters)]) {
        for (const d of c === '' ? [''] : ['', ...Array.from(characters)]) {
          const text = a + b + c + d;
          const bytes = decodeBase64url(text);
          expect(bytes === null ? null : Buffer.from(bytes), text).toEqual(fromBase64url(text));
          if (bytes !== null) expect(encodeBase64url(bytes)).toBe(text);
        }
      }
    }
  }
});

test('an impossible length is refused, the empty text is no bytes', () => {
  for (const text of ['A', 'AAAAA', 'A'.repeat(4001)]) expect(decodeBase64url(text)).toBeNull();
  expect(decodeBase64url('')).toEqual(new Uint8Array());
});
