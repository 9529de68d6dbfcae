// Base64url without padding (RFC 4648 §5), in any runtime. Exactly one text stands for each byte string.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A bit that no sextet has. */
const foreign = 64;

/** The six bits of each ASCII character; `foreign` for one outside the alphabet. */
const sextets = new Uint8Array(128).fill(foreign);
for (let value = 0; value < alphabet.length; value++) sextets[alphabet.charCodeAt(value)] = value;

const { Buffer: found } = globalThis as { readonly Buffer?: typeof Buffer };

/** The Buffers that bundlers bring to browsers do not. */
const knowsBase64url = found?.isEncoding('base64url') === true;

/** The pool of Buffer takes less time than new memory. */
const newBytes: (count: number) => Uint8Array<ArrayBuffer> =
  found === undefined ? (count) => new Uint8Array(count) : (count) => found.allocUnsafe(count);

/**
 * Decodes base64url without padding.
 *
 * The decoder of Buffer is used nowhere: it takes texts that nothing writes, and with the instructions that it uses, the next signature
 * takes 2 µs more and the next check of one 4 µs (Node 20 on a processor with AVX-512).
 *
 * @returns null for padding, foreign characters, an impossible length, or trailing bits that are not zero; on Node a Buffer
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 === 1) return null;
  const bytes = newBytes(Math.floor((text.length * 3) / 4));
  let to = 0;
  let at = 0;
  for (const end = text.length - (text.length % 4); at < end; at += 4) {
    const first = sextetAt(text, at);
    const second = sextetAt(text, at + 1);
    const third = sextetAt(text, at + 2);
    const fourth = sextetAt(text, at + 3);
    if ((first | second | third | fourth) & foreign) return null;
    const group = (first << 18) | (second << 12) | (third << 6) | fourth;
    bytes[to++] = group >> 16;
    bytes[to++] = group >> 8;
    bytes[to++] = group;
  }
  return at === text.length || decodeRest(text, at, bytes, to) ? bytes : null;
}

/** Decodes the last two or three characters; false when they are not canonical. */
function decodeRest(text: string, at: number, bytes: Uint8Array, to: number): boolean {
  const first = sextetAt(text, at);
  const second = sextetAt(text, at + 1);
  const third = at + 2 < text.length ? sextetAt(text, at + 2) : 0;
  if ((first | second | third) & foreign) return false;
  const group = (first << 12) | (second << 6) | third;
  bytes[to] = group >> 10;
  if (at + 2 === text.length) return (group & 0x3ff) === 0;
  bytes[to + 1] = group >> 2;
  return (group & 0b11) === 0;
}

function sextetAt(text: string, at: number): number {
  return sextets[text.charCodeAt(at)] ?? foreign;
}

/**
 * The bytes of a text that we have written ourselves.
 *
 * @throws TypeError when it is not base64url
 */
export function requireBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64url(text);
  if (bytes === null) throw new TypeError('a text of our own must be base64url');
  return bytes;
}

/** Encodes bytes as base64url without padding; by Buffer where there is one, because its encoder is fast and can write one text only. */
export function encodeBase64url(bytes: Uint8Array): string {
  if (!knowsBase64url) return encodeWithoutBuffer(bytes);
  const { byteOffset, byteLength } = bytes;
  const buffer = found.isBuffer(bytes) ? bytes : found.from(bytes.buffer, byteOffset, byteLength);
  return buffer.toString('base64url');
}

/** Encodes a text, as UTF-8. */
export function encodeTextBase64url(text: string): string {
  return knowsBase64url
    ? found.from(text).toString('base64url')
    : encodeWithoutBuffer(new TextEncoder().encode(text));
}

/** The way of runtimes without Buffer. */
export function encodeWithoutBuffer(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const characters = Math.min(bytes.length - at, 3) + 1;
    for (let digit = 0; digit < characters; digit++) {
      text += alphabet.charAt((group >> (18 - 6 * digit)) & 63);
    }
  }
  return text;
}
