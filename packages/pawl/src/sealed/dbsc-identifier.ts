import { decodeBase64url, requireBytes } from '../base/base64url.js';
import { bufferOf, equalBytes } from '../base/bytes.js';
import { Secret } from '../base/secret.js';
import type { RefreshKey } from '../keys/index.js';
import type { FindRefreshKey } from './refresh-codec.js';

/** Everything that the identifier of a device bound session says: which session, that it was given to who had its refresh token, and the key. */
export interface DbscIdentifierContents {
  /** 16 bytes, base64url. */
  readonly sessionId: string;
  /** 16 bytes, drawn at login, the same for the whole life of the session. */
  readonly secret: Secret<Buffer>;
  /** The browser's public key: the JSON of its JWK. */
  readonly publicKey: string;
}

/** `unknown-key`: the form is right, but no key with the id that it names is known here. */
export type DecodedDbscIdentifier =
  | { readonly kind: 'contents'; readonly contents: DbscIdentifierContents }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknown-key' };

const prefix = 'pbs_';

const version = 1;

// version | key id | session id | secret | MAC
const offset = { version: 0, keyId: 1, sessionId: 3, secret: 19, mac: 35, end: 67 } as const;

const fixedLength = Math.ceil((offset.end * 4) / 3);

/** Room for an RSA key of 8192 bits. */
const maxLength = 4096;

/**
 * Writes the identifier under which a browser keeps a device bound session, and which it sends with each proof: `pbs_`, base64url of
 * fixed-length fields with an HMAC-SHA-256, a dot, and base64url of the key. The HMAC is over all of it.
 *
 * The key travels in it, so no store has to keep it: a bound session's record has the thumbprint.
 */
export function encodeDbscIdentifier(contents: DbscIdentifierContents, key: RefreshKey): string {
  const bytes = Buffer.allocUnsafe(offset.end);
  bytes.writeUInt8(version, offset.version);
  bytes.writeUInt16BE(key.id, offset.keyId);
  bytes.set(requireBytes(contents.sessionId), offset.sessionId);
  contents.secret.reveal().copy(bytes, offset.secret);
  key.mac(framed(bytes, contents.publicKey)).copy(bytes, offset.mac);
  return `${prefix}${bytes.toString('base64url')}.${Buffer.from(contents.publicKey).toString('base64url')}`;
}

/**
 * Reads an identifier and checks its MAC. Accepts exactly the texts that `encodeDbscIdentifier` produces.
 *
 * Does NOT compare the secret with any record, does NOT know whether the session exists, and does NOT prove that the sender has the key.
 *
 * @param text - any text; malformed ones are a result, never an error
 */
export function decodeDbscIdentifier(text: string, findKey: FindRefreshKey): DecodedDbscIdentifier {
  const dot = prefix.length + fixedLength;
  if (text.length > maxLength || !text.startsWith(prefix) || text[dot] !== '.') return { kind: 'malformed' };
  const fields = decodeBase64url(text.slice(prefix.length, dot));
  const jwk = decodeBase64url(text.slice(dot + 1));
  if (fields === null || jwk === null || fields[offset.version] !== version) return { kind: 'malformed' };
  const bytes = bufferOf(fields);
  const publicKey = bufferOf(jwk).toString('utf8');
  const key = findKey(bytes.readUInt16BE(offset.keyId));
  if (key === null) return { kind: 'unknown-key' };
  if (!equalBytes(key.mac(framed(bytes, publicKey)), bytes.subarray(offset.mac))) {
    return { kind: 'malformed' };
  }
  return {
    kind: 'contents',
    contents: {
      sessionId: bytes.toString('base64url', offset.sessionId, offset.secret),
      secret: new Secret(bytes.subarray(offset.secret, offset.mac)),
      publicKey,
    },
  };
}

/** The prefix takes part in the MAC, so that no other kind of token under the same key can be read as this one. */
function framed(bytes: Buffer, publicKey: string): Buffer {
  return Buffer.concat([Buffer.from(prefix), bytes.subarray(0, offset.mac), Buffer.from(publicKey)]);
}
