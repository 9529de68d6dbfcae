import { decodeBase64url, requireBytes } from '../base/base64url.js';
import { bufferOf, equalBytes } from '../base/bytes.js';
import type { MacKey } from '../keys/index.js';
import type { SealedKind } from './kinds.js';

const version = 1;

// prefix | version | key id | fields of the kind | MAC
const offset = { version: 3, keyId: 4 } as const;
const macBytes = 32;

/** Where the fields of a kind begin. */
export const firstField = 6;

/** The key with this id while its texts are accepted; otherwise null. */
export type FindMacKey = (id: number) => MacKey | null;

/** What a text says. `unknown-key`: the form is right, but no key with the id that it names is known here. */
export type Decoded<Contents> =
  | { readonly kind: 'contents'; readonly contents: Contents }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknown-key' };

/** How the texts of one kind are written and read. */
export interface Framing {
  /** Characters of each text. */
  readonly length: number;
  /**
   * Writes a text.
   *
   * @param write - writes the fields of the kind, from `firstField` on
   * @param context - what the MAC is over besides, and the reader knows from elsewhere
   */
  seal(key: MacKey, write: (bytes: Buffer) => void, context?: Uint8Array): string;
  /** The bytes of exactly the texts that `seal` produces with the same context. Does NOT know how old they are. */
  open(text: string, findKey: FindMacKey, context?: Uint8Array): Decoded<Buffer>;
}

/**
 * The one framing of texts under a MAC: base64url of the prefix, version (1), key id (2), the fields of the kind, and HMAC-SHA-256 (32) over
 * all of that and the context. Fields have a fixed length, so no context is read as fields.
 */
export function framingOf({ prefix, fieldsBytes }: SealedKind): Framing {
  const domain = bufferOf(requireBytes(prefix));
  const macAt = firstField + fieldsBytes;
  const end = macAt + macBytes;
  const length = Math.ceil((end * 4) / 3);
  return {
    length,

    seal(key, write, context) {
      const bytes = Buffer.allocUnsafe(end);
      domain.copy(bytes);
      bytes.writeUInt8(version, offset.version);
      bytes.writeUInt16BE(key.id, offset.keyId);
      write(bytes);
      key.mac(macInput(bytes, macAt, context)).copy(bytes, macAt);
      return bytes.toString('base64url');
    },

    open(text, findKey, context) {
      if (text.length !== length || !text.startsWith(prefix)) return { kind: 'malformed' };
      const decoded = decodeBase64url(text);
      if (decoded === null || decoded[offset.version] !== version) return { kind: 'malformed' };
      const bytes = bufferOf(decoded);
      const key = findKey(bytes.readUInt16BE(offset.keyId));
      if (key === null) return { kind: 'unknown-key' };
      const mac = key.mac(macInput(bytes, macAt, context));
      return equalBytes(mac, bytes.subarray(macAt))
        ? { kind: 'contents', contents: bytes }
        : { kind: 'malformed' };
    },
  };
}

function macInput(bytes: Buffer, macAt: number, context: Uint8Array | undefined): Uint8Array {
  const own = bytes.subarray(0, macAt);
  return context === undefined ? own : Buffer.concat([own, context]);
}
