/**
 * A session authority: short access tokens, rotated refresh tokens, stolen copies detected.
 *
 * @module pawl
 */
export type { AnyAuthority, Authority } from './authority/authority.js';
export type { ClaimsAnswer, ClaimsHook, ClaimsRequest, JsonValue } from './authority/custom-claims.js';
export type { CurrentAccess, DeviceBoundSessions } from './authority/dbsc.js';
export type { DbscRefresh, DbscRefreshRequest } from './authority/dbsc-refresh.js';
export type { DbscRegistration, DbscRegistrationRequest } from './authority/dbsc-register.js';
export type { FoundSession, SessionInfo } from './authority/sessions.js';
export type { HandedOut, SessionTokens, Tokens } from './authority/issue.js';
export type { Introspection } from './authority/introspect.js';
export type { LoginRequest, LoginResult } from './authority/login.js';
export type { RefreshRefusal } from './authority/advance.js';
export type { RefreshRequest, RefreshResult } from './authority/refresh.js';
export type { SessionData } from './authority/session-data.js';
export type { Verification } from './authority/verify.js';
export { createAuthority } from './authority/create-authority.js';
export type { EndCause, EventListener, PawlEvent } from './authority/events.js';
export type { AuthorityOptions, Mode, PolicyOption } from './authority/options.js';
export { type Clock, type EpochSeconds, systemClock } from './base/clock.js';
export type { Random } from './base/random.js';
export { Secret } from './base/secret.js';
export { type ErrorCode, isPawlError, PawlError } from './errors.js';
export { createLocalMasterKey, type MasterKey, parseMasterKey } from './keys/index.js';
export { type Policy, type PolicyName, policies } from './rotation/index.js';
