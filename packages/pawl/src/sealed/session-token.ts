import { requireBytes } from '../base/base64url.js';
import { Secret } from '../base/secret.js';
import type { RefreshKey } from '../keys/index.js';
import type { FindRefreshKey } from './refresh-codec.js';
import { firstField, sealedFields } from './sealed-fields.js';

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

// session id | secret
const offset = { sessionId: firstField, secret: 19, end: 35 } as const;

const sealed = sealedFields(prefix, offset.end);

/** Writes a session token: `pst_` and base64url of fixed-length fields with an HMAC-SHA-256, 94 characters. */
export function encodeSessionToken(contents: SessionTokenContents, key: RefreshKey): string {
  return sealed.seal(key, (bytes) => {
    bytes.set(requireBytes(contents.sessionId), offset.sessionId);
    contents.secret.reveal().copy(bytes, offset.secret);
  });
}

/**
 * Reads a session token and checks its MAC. Accepts exactly the texts that `encodeSessionToken` produces.
 *
 * Does NOT compare the secret with any record and does NOT know whether the session exists.
 *
 * @param token - any text; malformed ones are a result, never an error
 */
export function decodeSessionToken(token: string, findKey: FindRefreshKey): DecodedSessionToken {
  const opened = sealed.open(token, findKey);
  if (opened.kind !== 'fields') return opened;
  const { bytes } = opened;
  return {
    kind: 'contents',
    contents: {
      sessionId: bytes.toString('base64url', offset.sessionId, offset.secret),
      secret: new Secret(bytes.subarray(offset.secret, offset.end)),
    },
  };
}
