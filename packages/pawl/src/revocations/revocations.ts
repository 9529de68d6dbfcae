import type { EpochSeconds } from '../base/clock.js';
import type { Revocation } from '../stores/revocations.js';

/** The claims of an access token, and the key in its header, that a revocation is looked up by. */
export interface RevocableToken {
  readonly sub: string;
  readonly sid: string;
  /** The claim `epoch`; a token without one counts as of epoch 0. */
  readonly epoch?: number | undefined;
  /** The `kid` of the token's header; without it key compromise is not asked. */
  readonly kid?: string | undefined;
}

/** What became known at once. */
export interface RevocationNews {
  readonly revocations: readonly Revocation[];
  /** The place in the feed after them. */
  readonly cursor: string;
}

/**
 * The revocations that a process knows, whichever feed it has them from. A look-up costs two or three accesses to maps in memory.
 *
 * A revocation that is known stays in force until every access token of its time has expired. It does NOT know of ends by expiry: access
 * tokens are not made to outlive those.
 */
export interface Revocations {
  /** Whether a revocation that is known here makes the token void. */
  isRevoked(token: RevocableToken): boolean;
  /**
   * For how long this may be incomplete: seconds since it was last known to hold everything in the feed. Infinity before the first
   * snapshot, and while revocations had to be dropped because of the bound on their number.
   *
   * @param now - of the clock that this follows the feed with
   */
  stalenessSeconds(now: EpochSeconds): number;
  /** Called with everything new, also with what a snapshot adds, after `isRevoked` knows it. Returns how to stop. */
  subscribe(listener: (news: RevocationNews) => void): () => void;
  /** Resolves with the first complete snapshot; never rejects. */
  ready(): Promise<void>;
  /** Stops following the feed. What is known stays known. */
  close(): Promise<void>;
}

/** What a node knows that follows the feed in its own store. */
export interface StoreRevocations extends Revocations {
  /** For how long a revocation is kept from when it was heard of. */
  readonly retentionSeconds: number;
  /** Everything that is held, one revocation for each session, subject and key, and the place in the feed that it stands for. */
  snapshot(): { readonly revocations: readonly Revocation[]; readonly cursor: string };
}
