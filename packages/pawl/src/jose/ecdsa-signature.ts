/**
 * The two encodings of a P-256 signature: `r ‖ s` of 32 bytes each in a JWS (RFC 7518 §3.4), and the ASN.1 DER that
 * OpenSSL works with.
 */
const integerBytes = 32;
const rawBytes = 2 * integerBytes;

const integerTag = 0x02;
const sequenceTag = 0x30;

/** The order of the P-256 group (FIPS 186-5): `r` and `s` are at least 1 and below it. */
const order = Uint8Array.from(
  'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'.match(/../g) ?? [],
  (byte) => Number.parseInt(byte, 16),
);

/** Whether a JWS signature is 64 bytes long and both of its integers are at least 1 and below the order of the group. */
export function isEcdsaSignature(raw: Uint8Array): boolean {
  return (
    raw.length === rawBytes && inRange(raw.subarray(0, integerBytes)) && inRange(raw.subarray(integerBytes))
  );
}

/** Converts a JWS signature to DER. Does NOT check that it is one: `isEcdsaSignature` does. */
export function derFromRaw(raw: Uint8Array): Uint8Array {
  const r = raw.subarray(0, integerBytes);
  const s = raw.subarray(integerBytes);
  const rLength = derLength(r);
  const sLength = derLength(s);
  const der = new Uint8Array(6 + rLength + sLength);
  der[0] = sequenceTag;
  der[1] = 4 + rLength + sLength;
  writeInteger(der, 2, r, rLength);
  writeInteger(der, 4 + rLength, s, sLength);
  return der;
}

/**
 * Converts a signature that OpenSSL made for a P-256 key, minimal DER of two positive integers, to that of a JWS.
 *
 * Does NOT check that it is one. Converting here is faster than asking node:crypto for `ieee-p1363`.
 */
export function rawFromDer(der: Uint8Array): Uint8Array<ArrayBuffer> {
  const raw = new Uint8Array(rawBytes);
  // A P-256 sequence is shorter than 128 bytes, so every length is one byte.
  const rStart = 4;
  const rEnd = rStart + (der[3] ?? 0);
  const sStart = rEnd + 2;
  const sEnd = sStart + (der[rEnd + 1] ?? 0);
  placeInteger(der, rStart, rEnd, raw, integerBytes);
  placeInteger(der, sStart, sEnd, raw, rawBytes);
  return raw;
}

function inRange(integer: Uint8Array): boolean {
  return isBelowOrder(integer) && integer.some((byte) => byte !== 0);
}

function isBelowOrder(integer: Uint8Array): boolean {
  for (let at = 0; at < integerBytes; at++) {
    const difference = (integer[at] ?? 0) - (order[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Bytes of the minimal DER integer: no leading zeros, plus one when the high bit would make it negative. */
function derLength(integer: Uint8Array): number {
  let skipped = 0;
  while (integer[skipped] === 0) skipped++;
  return integerBytes - skipped + ((integer[skipped] ?? 0) >> 7);
}

function writeInteger(der: Uint8Array, offset: number, integer: Uint8Array, length: number): void {
  der[offset] = integerTag;
  der[offset + 1] = length;
  for (let to = length - 1, from = integerBytes - 1; to >= 0 && from >= 0; to--, from--) {
    der[offset + 2 + to] = integer[from] ?? 0;
  }
}

/** Copies the integer so that it ends at `targetEnd`: without DER's sign byte, with the leading zeros that DER leaves out. */
function placeInteger(
  der: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  targetEnd: number,
): void {
  const first = Math.max(start, end - integerBytes);
  for (let from = first, to = targetEnd - (end - first); from < end; from++, to++)
    target[to] = der[from] ?? 0;
}
