/**
 * Refresh tokens as text. Nothing here touches a store.
 *
 * @module pawl/sealed
 */
export type { Decoded, FindMacKey } from './framing.js';
export type { RefreshContents } from './refresh-codec.js';
export { decodeRefreshToken, encodeRefreshToken, type RefreshFormat } from './refresh-token.js';
