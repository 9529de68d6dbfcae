/**
 * Revocations: what a process knows in memory of sessions, subjects and keys whose access tokens are void, and how it follows the feed that tells
 * of them. Runs in every runtime with web-standard `fetch` and streams.
 *
 * @module pawl/revocations
 */
export { followIssuer } from './follow-issuer.js';
export type { FollowIssuerOptions } from './follow-issuer-options.js';
export { type FollowStoreOptions, followStore } from './follow-store.js';
export {
  createRevocationIndex,
  type RevocationIndex,
  type RevocationIndexOptions,
} from './revocation-index.js';
export type { RevocableToken, RevocationNews, Revocations, StoreRevocations } from './revocations.js';
export type { Revocation, RevocationEntry, RevocationPage, RevocationStore } from '../stores/revocations.js';
