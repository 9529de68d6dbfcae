import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalBytes, equalText, fromBase64url } from '../../src/base/bytes.js';

const binary = fc.uint8Array({ maxLength: 100 });

describe('base64url', () => {
  test('gives back the bytes that were written', () => {
    fc.assert(
      fc.property(binary, (bytes) => {
        expect(fromBase64url(Buffer.from(bytes).toString('base64url'))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test('has one text for each byte string', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('AEIQUYcgkwz019-_')), maxLength: 9 }),
        (text) => {
          const bytes = fromBase64url(text);
          if (bytes !== null) expect(bytes.toString('base64url')).toBe(text);
        },
      ),
      { numRuns: 5000 },
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
  ])('refuses %s', (_, text) => {
    expect(fromBase64url(text)).toBeNull();
  });

  test('takes the empty text for no bytes', () => {
    expect(fromBase64url('')).toEqual(Buffer.alloc(0));
  });
});

describe('comparing', () => {
  test('bytes agrees with comparing them one by one', () => {
    fc.assert(
      fc.property(binary, binary, (left, right) => {
        expect(equalBytes(left, right)).toBe(Buffer.compare(left, right) === 0);
        expect(equalBytes(left, Uint8Array.from(left))).toBe(true);
      }),
    );
  });

  test('texts of different lengths is false, not an error', () => {
    expect(equalText('a', 'ab')).toBe(false);
    expect(equalText('', 'a')).toBe(false);
    expect(equalText('é', 'e')).toBe(false);
    expect(equalText('é', 'é')).toBe(true);
  });
});
