import { equalBytes, fromBase64url } from '../base/bytes.js';
import { Secret } from '../base/secret.js';
import type { RefreshKey } from '../keys/index.js';
import type { FindRefreshKey } from './refresh-codec.js';

/** Everything that a session token says: which session, and that its holder was at the login. */
export interface SessionTokenContents {
  /** 16 bytes, base64url. */
  readonly sessionId: string;
  /** 16 bytes, drawn at login, the same for the whole life of the session. */
  readonly secret: Secret<Buffer>;
}

/** `unknown-key`: the form is right, but no key with the id that it names is known here. */
export type DecodedSessionToken =
  | { readonly kind: 'contents'; readonly contents: SessionTokenContents }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unknown-key' };

const prefix = 'pst_';

const version = 1;

// version | key id | session id | secret | MAC
const offset = { version: 0, keyId: 1, sessionId: 3, secret: 19, mac: 35, end: 67 } as const;

// The prefix takes part in the MAC, so that no refresh token under the same key can be read as a session token.
const domain = Buffer.from(prefix, 'latin1');

const tokenLength = prefix.length + Math.ceil((offset.end * 4) / 3);

/** Writes a session token: `pst_` and base64url of fixed-length fields with an HMAC-SHA-256, 94 characters. */
export function encodeSessionToken(contents: SessionTokenContents, key: RefreshKey): string {
  const framed = Buffer.allocUnsafe(domain.length + offset.end);
  domain.copy(framed);
  const bytes = framed.subarray(domain.length);
  bytes.writeUInt8(version, offset.version);
  bytes.writeUInt16BE(key.id, offset.keyId);
  bytes.write(contents.sessionId, offset.sessionId, 'base64url');
  contents.secret.reveal().copy(bytes, offset.secret);
  key.mac(framed.subarray(0, domain.length + offset.mac)).copy(bytes, offset.mac);
  return prefix + bytes.toString('base64url');
}

/**
 * Reads a session token and checks its MAC. Accepts exactly the texts that `encodeSessionToken` produces.
 *
 * Does NOT compare the secret with any record and does NOT know whether the session exists.
 *
 * @param token - any text; malformed ones are a result, never an error
 */
export function decodeSessionToken(token: string, findKey: FindRefreshKey): DecodedSessionToken {
  if (token.length !== tokenLength || !token.startsWith(prefix)) return { kind: 'malformed' };
  const bytes = fromBase64url(token.slice(prefix.length));
  if (bytes === null || bytes.readUInt8(offset.version) !== version) return { kind: 'malformed' };
  const key = findKey(bytes.readUInt16BE(offset.keyId));
  if (key === null) return { kind: 'unknown-key' };
  const mac = key.mac(Buffer.concat([domain, bytes.subarray(0, offset.mac)]));
  if (!equalBytes(mac, bytes.subarray(offset.mac))) return { kind: 'malformed' };
  return {
    kind: 'contents',
    contents: {
      sessionId: bytes.toString('base64url', offset.sessionId, offset.secret),
      secret: new Secret(bytes.subarray(offset.secret, offset.mac)),
    },
  };
}
