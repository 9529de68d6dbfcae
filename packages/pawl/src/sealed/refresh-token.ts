import type { RefreshKey } from '../keys/index.js';
import type { DecodedRefresh, FindRefreshKey, RefreshCodec, RefreshContents } from './refresh-codec.js';
import { jwtRefreshCodec } from './refresh-jwt.js';
import { opaqueRefreshCodec, opaquePrefix } from './refresh-opaque.js';

export type RefreshFormat = 'opaque' | 'jwt';

const codecs: Readonly<Record<RefreshFormat, RefreshCodec>> = {
  opaque: opaqueRefreshCodec,
  jwt: jwtRefreshCodec,
};

/** Writes a refresh token in the given format. */
export function encodeRefreshToken(
  format: RefreshFormat,
  contents: RefreshContents,
  key: RefreshKey,
): string {
  return codecs[format].encode(contents, key);
}

/**
 * Reads a refresh token of either format and checks its MAC.
 *
 * Does NOT compare the secret with any record and does NOT know whether the session exists.
 *
 * @param token - any text; malformed ones are a result, never an error
 */
export function decodeRefreshToken(token: string, findKey: FindRefreshKey): DecodedRefresh {
  return codecs[token.startsWith(opaquePrefix) ? 'opaque' : 'jwt'].decode(token, findKey);
}
