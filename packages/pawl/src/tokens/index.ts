/**
 * How tokens are written and read. Nothing here touches a store.
 *
 * @module pawl/tokens
 */
export {
  type AccessClaims,
  drawAccessLifetimeSeconds,
  leastAccessLifetimeSeconds,
  maxAccessTokenLength,
  type ReadAccess,
  readAccessToken,
  reservedClaims,
  signAccessToken,
} from './access-token.js';
export { type ChallengePurpose, encodeDbscChallenge, readDbscChallenge } from './dbsc-challenge.js';
export {
  type DbscIdentifierContents,
  decodeDbscIdentifier,
  type DecodedDbscIdentifier,
  encodeDbscIdentifier,
} from './dbsc-identifier.js';
export type { DecodedRefresh, FindRefreshKey, RefreshCodec, RefreshContents } from './refresh-codec.js';
export { decodeRefreshToken, encodeRefreshToken, type RefreshFormat } from './refresh-token.js';
export { isSessionId, sessionIdBytes } from './session-id.js';
export {
  type DecodedSessionToken,
  decodeSessionToken,
  encodeSessionToken,
  type SessionTokenContents,
} from './session-token.js';
