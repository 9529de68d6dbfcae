import { requireBytes } from '../base/base64url.js';
import { Secret } from '../base/secret.js';
import type { MacKey } from '../keys/index.js';
import { type Decoded, type FindMacKey, firstField, framingOf } from './framing.js';
import { sealedKinds } from './kinds.js';

/** Everything that a session token says: which session, and that its holder was at the login. */
export interface SessionTokenContents {
  /** 16 bytes, base64url. */
  readonly sessionId: string;
  /** 16 bytes, drawn at login, the same for the whole life of the session. */
  readonly secret: Secret<Buffer>;
}

// session id | secret
const offset = { sessionId: firstField, secret: 22, end: 38 } as const;

const framing = framingOf(sealedKinds.sessionToken);

/** Writes a session token: 94 characters that begin with `pst_`. */
export function encodeSessionToken(contents: SessionTokenContents, key: MacKey): string {
  return framing.seal(key, (bytes) => {
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
export function decodeSessionToken(token: string, findKey: FindMacKey): Decoded<SessionTokenContents> {
  const opened = framing.open(token, findKey);
  if (opened.kind !== 'contents') return opened;
  const bytes = opened.contents;
  return {
    kind: 'contents',
    contents: {
      sessionId: bytes.toString('base64url', offset.sessionId, offset.secret),
      secret: new Secret(bytes.subarray(offset.secret, offset.end)),
    },
  };
}
