/**
 * The rotation rule by itself: pure, synchronous, no dependency.
 *
 * @module pawl/rotation
 */
export { admits, type Binding, isSameBinding, unbound } from './binding.js';
export type { Advance, Change, End, NoChange } from './change.js';
export {
  type Decision,
  decide,
  type Granted,
  type GrantedDecision,
  isGranted,
  type Outcome,
  type Presented,
  type PresentedChallenge,
  type PresentedToken,
  type Refused,
  type RefusedDecision,
  type RuledWindow,
} from './decide.js';
export { mayRotate, type RotateAttempt } from './guard.js';
export {
  afterAnswer,
  afterFailure,
  type KnownOutages,
  merged,
  noOutages,
  type Outage,
  type Outages,
  outageSilenceSeconds,
  windowOf,
  withinLast,
} from './outage.js';
export { maxWindowSeconds, type Policy, type PolicyName, policies } from './policy.js';
export {
  endOf,
  type InUse,
  idleExpiresAt,
  initialRotation,
  isRevoked,
  isSameRotation,
  type Liveness,
  lastUsedAt,
  maxFork,
  maxGeneration,
  reauthenticated,
  registrationSeconds,
  type RotatingSession,
  type RotationState,
  rotated,
  rotationOf,
  type Session,
} from './session.js';
