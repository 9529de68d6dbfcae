import type { MacKey } from '../keys/index.js';
import type { Decoded, FindMacKey } from './framing.js';
import { sealedKinds } from './kinds.js';
import type { RefreshCodec, RefreshContents } from './refresh-codec.js';
import { jwtRefreshCodec } from './refresh-jwt.js';
import { opaqueRefreshCodec } from './refresh-opaque.js';

export type RefreshFormat = 'opaque' | 'jwt';

const codecs: Readonly<Record<RefreshFormat, RefreshCodec>> = {
  opaque: opaqueRefreshCodec,
  jwt: jwtRefreshCodec,
};

/** Writes a refresh token in the given format. */
export function encodeRefreshToken(format: RefreshFormat, contents: RefreshContents, key: MacKey): string {
  return codecs[format].encode(contents, key);
}

/**
 * Reads a refresh token of either format and checks its MAC.
 *
 * Does NOT compare the secret with any record and does NOT know whether the session exists.
 *
 * @param token - any text; malformed ones are a result, never an error
 */
export function decodeRefreshToken(token: string, findKey: FindMacKey): Decoded<RefreshContents> {
  return codecs[token.startsWith(sealedKinds.refreshToken.prefix) ? 'opaque' : 'jwt'].decode(token, findKey);
}
