/**
 * Base64url without padding (RFC 4648 §5), in any runtime. Exactly one text stands for each byte string.
 *
 * Node's own decoder takes more texts than that, so no text that comes from outside is given to it elsewhere.
 */
interface Base64url {
  readonly decode: (text: string) => Uint8Array<ArrayBuffer> | null;
  readonly encode: (bytes: Uint8Array) => string;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A bit that no sextet has. */
const foreign = 64;

/** The six bits of each ASCII character; `foreign` for one outside the alphabet. */
const sextets = new Uint8Array(128).fill(foreign);
for (let value = 0; value < alphabet.length; value++) sextets[alphabet.charCodeAt(value)] = value;

/** For runtimes without Buffer. */
export const plainBase64url: Base64url = {
  decode(text) {
    if (text.length % 4 === 1) return null;
    const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
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
  },

  encode(bytes) {
    let text = '';
    for (let at = 0; at < bytes.length; at += 3) {
      const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
      const characters = Math.min(bytes.length - at, 3) + 1;
      for (let digit = 0; digit < characters; digit++) {
        text += alphabet.charAt((group >> (18 - 6 * digit)) & 63);
      }
    }
    return text;
  },
};

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

/** A session id or a hash: to call the decoder of Buffer takes longer than to decode it here. */
const longestShortText = 64;

/** For Node, bun and deno: half the time for a refresh token, a quarter for the claims of an access token. */
export function bufferBase64url(buffer: typeof Buffer): Base64url {
  return {
    decode(text) {
      if (text.length <= longestShortText) return plainBase64url.decode(text);
      const bytes = buffer.from(text, 'base64url');
      // It skips what it does not know. Of all texts for these bytes, only the one that encoding writes is equal.
      return bytes.toString('base64url') === text ? bytes : null;
    },

    encode(bytes) {
      const { byteOffset, byteLength } = bytes;
      return buffer.from(bytes.buffer, byteOffset, byteLength).toString('base64url');
    },
  };
}

/** What is looked for in a runtime. The Buffers that bundlers bring to browsers do not know this encoding. */
const { Buffer: found } = globalThis as { readonly Buffer?: typeof Buffer };
const chosen = found?.isEncoding('base64url') === true ? bufferBase64url(found) : plainBase64url;

/**
 * Decodes base64url without padding.
 *
 * @returns null for padding, foreign characters, an impossible length, or trailing bits that are not zero
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  return chosen.decode(text);
}

/** Encodes bytes as base64url without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  return chosen.encode(bytes);
}
