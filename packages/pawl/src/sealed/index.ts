/**
 * Refresh tokens as text. Nothing here touches a store.
 *
 * @module pawl/sealed
 */
export type { DecodedRefresh, FindRefreshKey, RefreshContents } from './refresh-codec.js';
export { decodeRefreshToken, encodeRefreshToken, type RefreshFormat } from './refresh-token.js';
