/**
 * Checks access tokens at resource servers, in any runtime with web-standard `fetch` and cryptography.
 *
 * @module pawl/verifier
 */
export {
  type Accepted,
  createVerifier,
  type VerifyResult,
  type Verifier,
} from './create-verifier.js';
export type {
  FeedFresh,
  FeedStale,
  KeysLoaded,
  KeysUnavailable,
  TokensRefused,
  VerifierEvent,
} from './events.js';
export type { Fetch } from './fetch-json.js';
export type { IncomingRequest, NodeRequest, WebRequest } from '../request/incoming.js';
export type { DpopNonces } from './key-binding.js';
export type { DpopOptions, VerifierOptions } from './options.js';
export type { Refusal, RefusalReason } from '../request/refusal.js';
export type { ReplayMemory } from './replays.js';
export type { Admitted, Denied, Gate } from './gate.js';
export type { Requirements } from './requirements.js';
export type { VerifiedSession } from './session.js';
export type { JwsAlgorithm } from '../jose/algorithms.js';
