/**
 * A session authority: short access tokens, rotated refresh tokens, stolen copies detected.
 *
 * @module pawl
 */
export type {
  AnyAuthority,
  Authority,
  AuthorityOptions,
  ClaimsAnswer,
  ClaimsHook,
  ClaimsRequest,
  CurrentAccess,
  DbscRefresh,
  DbscRefreshRequest,
  DbscRegistration,
  DbscRegistrationRequest,
  DeviceBoundSessions,
  FoundSession,
  HandedOut,
  Introspection,
  JsonValue,
  LoginRequest,
  LoginResult,
  Mode,
  PolicyOption,
  RefreshRefusal,
  RefreshRequest,
  RefreshResult,
  SessionData,
  SessionInfo,
  SessionTokens,
  Tokens,
  Verification,
} from './authority/authority.js';
export { createAuthority } from './authority/create-authority.js';
export type { EndCause, EventListener, PawlEvent } from './authority/events.js';
export { defaults } from './authority/options.js';
export { firstPartyClientId } from './authority/client-id.js';
export { type Clock, type EpochSeconds, systemClock } from './base/clock.js';
export type { Random } from './base/random.js';
export { Secret } from './base/secret.js';
export { type ErrorCode, isPawlError, PawlError } from './errors.js';
export { createLocalMasterKey, type MasterKey, parseMasterKey } from './keys/index.js';
export { type Policy, type PolicyName, policies } from './rotation/index.js';
