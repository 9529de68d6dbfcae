import { decodeBase64url } from '../base/base64url.js';
import { bufferOf, equalBytes } from '../base/bytes.js';
import type { RefreshKey } from '../keys/index.js';
import type { FindRefreshKey } from './refresh-codec.js';

const version = 1;
const offset = { version: 0, keyId: 1 } as const;
const macBytes = 32;

/** Where the fields of a kind of token begin, behind the version and the key id. */
export const firstField = 3;

/** `unknown-key`: the form is right, but no key with the id that it names is known here. */
export type OpenedFields =
  | { readonly kind: 'fields'; readonly bytes: Buffer }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknown-key' };

/** A prefix, and base64url of fixed-length fields: version (1), key id (2), those of the kind, HMAC-SHA-256 (32). */
export interface SealedFields {
  /** @param write - writes the fields of the kind, from `firstField` on */
  seal(key: RefreshKey, write: (bytes: Buffer) => void): string;
  /** Accepts exactly the texts that `seal` produces. */
  open(text: string, findKey: FindRefreshKey): OpenedFields;
}

/** @param fieldsEnd - where the fields of the kind end, and the MAC begins */
export function sealedFields(prefix: string, fieldsEnd: number): SealedFields {
  // The prefix takes part in the MAC, so that no other kind of token under the same key can be read as this one.
  const domain = Buffer.from(prefix, 'latin1');
  const end = fieldsEnd + macBytes;
  const textLength = prefix.length + Math.ceil((end * 4) / 3);
  return {
    seal(key, write) {
      const framed = Buffer.allocUnsafe(domain.length + end);
      domain.copy(framed);
      const bytes = framed.subarray(domain.length);
      bytes.writeUInt8(version, offset.version);
      bytes.writeUInt16BE(key.id, offset.keyId);
      write(bytes);
      key.mac(framed.subarray(0, domain.length + fieldsEnd)).copy(bytes, fieldsEnd);
      return prefix + bytes.toString('base64url');
    },

    open(text, findKey) {
      if (text.length !== textLength || !text.startsWith(prefix)) return { kind: 'malformed' };
      const decoded = decodeBase64url(text.slice(prefix.length));
      if (decoded === null || decoded[offset.version] !== version) return { kind: 'malformed' };
      const bytes = bufferOf(decoded);
      const key = findKey(bytes.readUInt16BE(offset.keyId));
      if (key === null) return { kind: 'unknown-key' };
      const mac = key.mac(Buffer.concat([domain, bytes.subarray(0, fieldsEnd)]));
      return equalBytes(mac, bytes.subarray(fieldsEnd)) ? { kind: 'fields', bytes } : { kind: 'malformed' };
    },
  };
}
