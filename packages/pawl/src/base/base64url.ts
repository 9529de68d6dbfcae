/**
 * Base64url without padding (RFC 4648 §5) in plain JavaScript, for code that also runs where there is no Buffer. Code of
 * the server side uses `fromBase64url` of bytes.ts.
 */
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const foreign = 64;

/** The six bits of each ASCII character; `foreign` for one outside the alphabet. */
const sextets = new Uint8Array(128).fill(foreign);
for (let value = 0; value < alphabet.length; value++) sextets[alphabet.charCodeAt(value)] = value;

/**
 * Decodes base64url without padding.
 *
 * @returns null for padding, foreign characters, an impossible length, or trailing bits that are not zero: exactly
 * one text stands for each byte string
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let to = 0;
  for (let at = 0; at < text.length; at++) {
    const sextet = sextets[text.charCodeAt(at)] ?? foreign;
    if (sextet === foreign) return null;
    held = ((held << 6) | sextet) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[to++] = held >> bits;
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? bytes : null;
}

/** Encodes bytes as base64url without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3);
    const group = (first << 16) | (second << 8) | third;
    const characters = Math.min(bytes.length - at, 3) + 1;
    for (let digit = 0; digit < characters; digit++) {
      text += alphabet.charAt((group >> (18 - 6 * digit)) & 63);
    }
  }
  return text;
}
