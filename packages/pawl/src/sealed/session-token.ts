import type { MacKey } from '../keys/index.js';
import { type Decoded, type FindMacKey, framingOf } from './framing.js';
import { sealedKinds } from './kinds.js';
import { readSessionFields, type SessionFields, writeSessionFields } from './session-fields.js';

/** Everything that a session token says. */
export type SessionTokenContents = SessionFields;

const framing = framingOf(sealedKinds.sessionToken);

/** Writes a session token: 94 characters that begin with `pst_`. */
export function encodeSessionToken(contents: SessionTokenContents, key: MacKey): string {
  return framing.seal(key, (bytes) => writeSessionFields(bytes, contents));
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
  return { kind: 'contents', contents: readSessionFields(opened.contents) };
}
