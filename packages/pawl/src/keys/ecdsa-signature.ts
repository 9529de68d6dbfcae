const integerBytes = 32;
const rawBytes = 2 * integerBytes;

/**
 * Converts a signature that OpenSSL made for a P-256 key, minimal DER of two positive integers, to the `r ‖ s` of a JWS.
 * Does NOT check that it is one. Converting here is faster than asking node:crypto for `ieee-p1363`.
 */
export function rawFromDer(der: Uint8Array): Buffer {
  const raw = Buffer.alloc(rawBytes);
  // A P-256 sequence is shorter than 128 bytes, so every length is one byte.
  const rStart = 4;
  const rEnd = rStart + (der[3] ?? 0);
  const sStart = rEnd + 2;
  const sEnd = sStart + (der[rEnd + 1] ?? 0);
  placeInteger(der, rStart, rEnd, raw, integerBytes);
  placeInteger(der, sStart, sEnd, raw, rawBytes);
  return raw;
}

/** Copies the integer so that it ends at `targetEnd`: without DER's sign byte, with the leading zeros that DER leaves out. */
function placeInteger(der: Uint8Array, start: number, end: number, target: Buffer, targetEnd: number): void {
  const first = Math.max(start, end - integerBytes);
  for (let from = first, to = targetEnd - (end - first); from < end; from++, to++)
    target[to] = der[from] ?? 0;
}
