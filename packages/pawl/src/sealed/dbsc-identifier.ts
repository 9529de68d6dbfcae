import { decodeBase64url } from '../base/base64url.js';
import { bufferOf } from '../base/bytes.js';
import type { MacKey } from '../keys/index.js';
import { type Decoded, type FindMacKey, framingOf } from './framing.js';
import { sealedKinds } from './kinds.js';
import { readSessionFields, type SessionFields, writeSessionFields } from './session-fields.js';

/** Everything that the identifier of a device bound session says: which session, that it was given to who had its refresh token, and the key. */
export interface DbscIdentifierContents extends SessionFields {
  /** The browser's public key: the JSON of its JWK. */
  readonly publicKey: string;
}

const framing = framingOf(sealedKinds.dbscIdentifier);

/** Room for an RSA key of 8192 bits. */
const maxLength = 4096;

/**
 * Writes the identifier under which a browser keeps a device bound session, and which it sends with each proof: a sealed text that begins
 * with `pbs_`, a dot, and base64url of the key. The MAC is over the key too.
 *
 * The key travels in it, so no store has to keep it: a bound session's record has the thumbprint.
 */
export function encodeDbscIdentifier(contents: DbscIdentifierContents, key: MacKey): string {
  const publicKey = Buffer.from(contents.publicKey);
  const write = (bytes: Buffer): void => writeSessionFields(bytes, contents);
  return `${framing.seal(key, write, publicKey)}.${publicKey.toString('base64url')}`;
}

/**
 * Reads an identifier and checks its MAC. Accepts exactly the texts that `encodeDbscIdentifier` produces.
 *
 * Does NOT compare the secret with any record, does NOT know whether the session exists, and does NOT prove that the sender has the key.
 *
 * @param text - any text; malformed ones are a result, never an error
 */
export function decodeDbscIdentifier(text: string, findKey: FindMacKey): Decoded<DbscIdentifierContents> {
  if (text.length > maxLength || text[framing.length] !== '.') return { kind: 'malformed' };
  const publicKey = decodeBase64url(text.slice(framing.length + 1));
  if (publicKey === null) return { kind: 'malformed' };
  const opened = framing.open(text.slice(0, framing.length), findKey, publicKey);
  if (opened.kind !== 'contents') return opened;
  const { sessionId, secret } = readSessionFields(opened.contents);
  return {
    kind: 'contents',
    contents: { sessionId, secret, publicKey: bufferOf(publicKey).toString('utf8') },
  };
}
