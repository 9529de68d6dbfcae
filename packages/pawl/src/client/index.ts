/**
 * Keeps one session of one user in a browser or a Node program, bound to a key that cannot be copied.
 *
 * @module pawl/client
 */
export { type Client, createClient } from './client.js';
export { ClientError, type ClientErrorCode } from './client-error.js';
export type { Credentials, LoginOutcome } from './login.js';
export { createMemoryStorage } from './memory-storage.js';
export type { ClientOptions } from './options.js';
export type { KeyHandle, PrivateJwk, ProofKey } from './proof-key.js';
export type { EndReason, HeldTokens, SessionRecord, SessionState } from './session-record.js';
export type { ClientStorage } from './storage.js';
