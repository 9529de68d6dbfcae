/**
 * How pawl-server checks passwords, for programs that have users of their own: hashing, slowing down guesses, and the two together as the `authenticate` of
 * `createHandler`.
 *
 * @module pawl-server/accounts
 */
export {
  type AuthenticateOptions,
  createAuthenticate,
  type LoginAccount,
  type LoginAccounts,
} from './authenticate.js';
export { type AttemptCounter, type AttemptLimit, createAttemptCounter } from './attempt-counter.js';
export { createHasher, type Hasher, type VerifyPhc } from './hasher.js';
export { identifierRule, normaliseIdentifier } from './identifier.js';
export { isAcceptablePassword, passwordRule, preparePassword } from './password.js';
export { type Admission, createThrottle, type Throttle } from './throttle.js';
export type { Place } from './waiting-groups.js';
export type { LoginFailed, LoginThrottled } from '../logs/server-event.js';
