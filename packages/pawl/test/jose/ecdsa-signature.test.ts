import { generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { derFromRaw, isEcdsaSignature, rawFromDer } from '../../src/jose/ecdsa-signature.js';

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

function bytesOf(integer: bigint): Buffer {
  return Buffer.from(integer.toString(16).padStart(64, '0'), 'hex');
}

function rawOf(r: bigint, s: bigint): Buffer {
  return Buffer.concat([bytesOf(r), bytesOf(s)]);
}

function toDer(raw: Uint8Array): Buffer | null {
  return isEcdsaSignature(raw) ? Buffer.from(derFromRaw(raw)) : null;
}

/** A second, plain way to write DER. */
function derOf(r: bigint, s: bigint): Buffer {
  const integer = (value: bigint) => {
    const hex = value.toString(16);
    let bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
    if ((bytes[0] ?? 0) > 0x7f) bytes = Buffer.concat([Buffer.alloc(1), bytes]);
    return Buffer.concat([Buffer.from([2, bytes.length]), bytes]);
  };
  const body = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** Every length of integer, high bit set or not. */
const scalar = fc
  .tuple(fc.integer({ min: 1, max: 256 }), fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }))
  .map(([bits, noise]) => (1n << BigInt(bits - 1)) | (noise & ((1n << BigInt(bits - 1)) - 1n)))
  .filter((value) => value < order);

describe('the encodings of a P-256 signature', () => {
  test('convert to DER and back, for integers of every length', () => {
    fc.assert(
      fc.property(scalar, scalar, (r, s) => {
        const der = toDer(rawOf(r, s));
        expect(der).toEqual(derOf(r, s));
        expect(Buffer.from(rawFromDer(derOf(r, s)))).toEqual(rawOf(r, s));
      }),
      { numRuns: 3000 },
    );
  });

  test('accept the edges of the range and refuse what is beyond', () => {
    for (const good of [1n, order - 1n]) {
      expect(toDer(rawOf(good, 1n))).toEqual(derOf(good, 1n));
      expect(toDer(rawOf(1n, good))).toEqual(derOf(1n, good));
    }
    for (const bad of [0n, order, order + 1n, (1n << 256n) - 1n]) {
      expect(toDer(rawOf(bad, 1n))).toBeNull();
      expect(toDer(rawOf(1n, bad))).toBeNull();
    }
  });

  test('refuse every other length', () => {
    for (const length of [0, 1, 63, 65, 70, 72, 128]) expect(toDer(Buffer.alloc(length, 1))).toBeNull();
  });

  test('agree with node:crypto on real signatures, those with short integers included', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    let short = 0;
    for (let round = 0; round < 3000; round++) {
      const input = Buffer.from(String(round));
      const der = sign('sha256', input, privateKey);
      if (der.length < 70) short++;
      const raw = rawFromDer(der);
      expect(toDer(raw)).toEqual(der);
      expect(verify('sha256', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw)).toBe(true);
    }
    expect(short).toBeGreaterThan(0);
  });
});
