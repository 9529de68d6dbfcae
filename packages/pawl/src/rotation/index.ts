/**
 * The rotation rule by itself: pure, synchronous, no dependency.
 *
 * @module pawl/rotation
 */
export {
  type Change,
  type Decision,
  decide,
  type Granted,
  isGranted,
  type Outcome,
  type Presented,
  type Refused,
} from './decide.js';
export { type Policy, type PolicyName, policies } from './policy.js';
export {
  endOf,
  idleExpiresAt,
  initialRotation,
  type Liveness,
  maxFork,
  maxGeneration,
  type RotatingSession,
  type RotationState,
  type Session,
} from './session.js';
