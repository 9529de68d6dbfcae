import type { RotationState, Session } from '../rotation/session.js';
import type { NewSession, RotateAttempt } from '../stores/store.js';
import { createSessionId } from '../stores/subject-tag.js';
import type { SeededRandom } from './seeded-random.js';

/** When the tests' sessions begin, unless one says otherwise. A fraction, because instants have one. */
export const startAt = 1_800_000_000.25;

/** An id as `createSessionId` makes it, from the seed. */
export function sessionIdFor(subject: string, random: SeededRandom): string {
  return createSessionId(subject, { bytes: (count) => Buffer.from(random.text(count), 'base64url') });
}

/** A bearer session of one day with an hour of idleness. */
export function newSession(random: SeededRandom, changes: Partial<NewSession> = {}): NewSession {
  const subject = changes.subject ?? `subject-${random.text(9)}`;
  return {
    id: sessionIdFor(subject, random),
    subject,
    clientId: 'web',
    scope: 'openid offline_access',
    amr: ['pwd', 'otp'],
    acr: 'urn:example:gold',
    device: 'Firefox on Linux',
    secretHash: random.text(32),
    createdAt: startAt,
    expiresAt: startAt + 86_400,
    idleSeconds: 3600,
    boundKey: null,
    ...changes,
  };
}

/** An attempt with the session's current token, by its own client, inside no window. */
export function attemptFor(
  session: NewSession & Partial<RotationState>,
  changes: Partial<RotateAttempt> = {},
): RotateAttempt {
  return {
    sessionId: session.id,
    secretHash: session.secretHash,
    generation: session.generation ?? 0,
    fork: session.fork ?? 0,
    provenKey: session.boundKey,
    clientId: session.clientId,
    windowSeconds: 10,
    now: startAt + 20,
    ...changes,
  };
}

/** The record that `create` makes of a new session. */
export function createdFrom(session: NewSession, epoch: number): Session {
  return {
    ...session,
    generation: 0,
    fork: 0,
    previousFork: null,
    rotatedAt: null,
    seen: false,
    epoch,
    subjectEpoch: epoch,
    revokedAt: null,
  };
}
