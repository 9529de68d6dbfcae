import type { EpochSeconds } from '../base/clock.js';
import { admits, type Binding } from './binding.js';
import { endOf, maxGeneration, type Session } from './session.js';

/** One presented refresh token, as the guard of a store needs it. */
export interface RotateAttempt {
  readonly sessionId: string;
  readonly secretHash: string;
  readonly generation: number;
  readonly fork: number;
  /** The key whose possession the request proved. */
  readonly proof: Binding;
  /** The client that presented the token; null when the transport does not name one. */
  readonly clientId: string | null;
  /** From where the request comes; written with the rotation. */
  readonly network: string | null;
  readonly now: EpochSeconds;
}

/**
 * The guard of `rotate`: the row `rotated` of the rule, without outages. It needs no floor, because no floor is above the record's generation. Each store has it in its own language; the conformance suite compares them
 * with this, and a test of the rule compares this with the rule.
 */
export function mayRotate(session: Session, attempt: RotateAttempt): boolean {
  const { windowSeconds } = session.policy;
  return (
    endOf(session, attempt.now) === null &&
    session.secretHash === attempt.secretHash &&
    session.generation === attempt.generation &&
    session.fork === attempt.fork &&
    session.generation < maxGeneration &&
    admits(session.binding, attempt.proof) &&
    (attempt.clientId === null || attempt.clientId === session.clientId) &&
    (session.rotatedAt === null || windowSeconds === 0 || attempt.now - session.rotatedAt >= windowSeconds)
  );
}
