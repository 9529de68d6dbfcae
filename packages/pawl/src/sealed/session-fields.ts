import { requireBytes } from '../base/base64url.js';
import { Secret } from '../base/secret.js';
import { firstField } from './framing.js';

/** Which session a text is of, and that its holder was at the login. */
export interface SessionFields {
  /** 16 bytes, base64url. */
  readonly sessionId: string;
  /** 16 bytes, drawn at login, the same for the whole life of the session. */
  readonly secret: Secret<Buffer>;
}

// session id | secret
const offset = { sessionId: firstField, secret: 22, end: 38 } as const;

/** Writes the fields of a kind that has these two alone. */
export function writeSessionFields(bytes: Buffer, { sessionId, secret }: SessionFields): void {
  bytes.set(requireBytes(sessionId), offset.sessionId);
  secret.reveal().copy(bytes, offset.secret);
}

export function readSessionFields(bytes: Buffer): SessionFields {
  return {
    sessionId: bytes.toString('base64url', offset.sessionId, offset.secret),
    secret: new Secret(bytes.subarray(offset.secret, offset.end)),
  };
}
