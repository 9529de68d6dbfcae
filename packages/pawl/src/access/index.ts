/**
 * Access tokens (RFC 9068): their claims, and how the authority writes and reads them. Nothing here touches a store.
 *
 * @module pawl/access
 */
export { type ReadAccess, readAccessToken, signAccessToken } from './access-token.js';
export type { AccessClaims } from './claims.js';
