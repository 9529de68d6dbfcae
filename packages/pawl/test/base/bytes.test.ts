import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bufferOf, equalBytes, equalText } from '../../src/base/bytes.js';

const binary = fc.uint8Array({ maxLength: 100 });

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

test('bytes get the methods of Buffer, and those that have them stay as they are', () => {
  const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  const buffer = bufferOf(bytes);
  expect(buffer).toEqual(Buffer.from([2, 3]));
  expect(buffer.readUInt16BE(0)).toBe(0x0203);
  expect(bufferOf(buffer)).toBe(buffer);
});
