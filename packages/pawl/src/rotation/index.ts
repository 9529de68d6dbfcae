/**
 * The rotation rule by itself: pure, synchronous, no dependency.
 *
 * @module pawl/rotation
 */
export { admits, type Binding, unbound } from './binding.js';
export type { Advance, End, NoChange } from './change.js';
export {
  type Decision,
  decide,
  type Granted,
  type GrantedDecision,
  type Presented,
  type PresentedChallenge,
  type PresentedToken,
  type Refused,
  type RefusedDecision,
  type RuledWindow,
} from './decide.js';
export { mayRotate, type RotateAttempt } from './guard.js';
export { type KnownOutages, noOutages, type Outage, type Outages } from './outage.js';
export { type Policy, type PolicyName, policies } from './policy.js';
export {
  endOf,
  type InUse,
  idleExpiresAt,
  isRevoked,
  isSameRotation,
  type Liveness,
  lastUsedAt,
  maxGeneration,
  reauthenticated,
  type RotatingSession,
  type RotationState,
  rotated,
  rotationOf,
  type Session,
} from './session.js';
