import assert from 'node:assert/strict';
import { requireBytes } from '../base/base64url.js';
import { bufferOf } from '../base/bytes.js';
import type { EpochSeconds } from '../base/clock.js';
import { type Binding, unbound } from '../rotation/binding.js';
import type { Policy } from '../rotation/policy.js';
import type { RotationState, Session } from '../rotation/session.js';
import type {
  CreateRequest,
  NewSession,
  RotateAttempt,
  SessionLimits,
  SessionStore,
} from '../stores/session-store.js';
import { createSessionId } from '../stores/subject-tag.js';
import type { SeededRandom } from './seeded-random.js';

/** When the tests' sessions begin, unless one says otherwise. A fraction, because instants have one. */
export const startAt = 1_800_000_000.25;

/** From where the tests' attempts come, unless one says otherwise. */
const network = 'AAECAwQFBgc';

/** What the tests' sessions are created with, unless one says otherwise. */
export const policy: Policy = {
  windowSeconds: 10,
  resilient: false,
  onReuse: 'subject',
  onWrongKey: 'report',
};

/** Every combination of a policy's words, with windows of any size. */
export const everyPolicy: readonly Policy[] = [0, 0.1, 10, 3599.75].flatMap((windowSeconds) =>
  [true, false].flatMap((resilient) =>
    (['subject', 'session'] as const).flatMap((onReuse) =>
      (['report', 'session', 'subject'] as const).map((onWrongKey) => ({
        windowSeconds,
        resilient,
        onReuse,
        onWrongKey,
      })),
    ),
  ),
);

/** A binding of each kind, all with this thumbprint. */
export function everyBinding(jkt: string): readonly Binding[] {
  return [unbound, { kind: 'dpop', jkt }, { kind: 'cookie', jkt }, { kind: 'browser', jkt }];
}

/** An id as `createSessionId` makes it, from the seed. */
export function sessionIdFor(subject: string, random: SeededRandom): string {
  return createSessionId(subject, { bytes: (count) => bufferOf(requireBytes(random.text(count))) });
}

/** A bearer session of one day with an hour of idleness. */
export function newSession(random: SeededRandom, changes: Partial<NewSession> = {}): NewSession {
  const subject = changes.subject ?? `subject-${random.text(9)}`;
  return {
    id: sessionIdFor(subject, random),
    subject,
    clientId: 'web',
    scope: 'openid offline_access',
    parentId: null,
    authTime: startAt - 40.5,
    resources: ['https://api.example/mcp', 'urn:example:files'],
    offline: false,
    thirdParty: false,
    logoutOwed: false,
    amr: ['pwd', 'otp'],
    acr: 'urn:example:gold',
    device: 'Firefox on Linux',
    secretHash: random.text(32),
    createdAt: startAt,
    expiresAt: startAt + 86_400,
    idleSeconds: 3600,
    binding: unbound,
    policy,
    ...changes,
  };
}

/** An attempt with the session's current token, by its own client and key, inside no window. */
export function attemptFor(
  session: NewSession & Partial<RotationState>,
  changes: Partial<RotateAttempt> = {},
): RotateAttempt {
  return {
    sessionId: session.id,
    secretHash: session.secretHash,
    generation: session.generation ?? 0,
    fork: session.fork ?? 0,
    proof: session.binding,
    clientId: session.clientId,
    network,
    now: startAt + 20,
    ...changes,
  };
}

/** Creates a session that has no parent and is asked for nothing; other sessions end when there are more than `maxSessions` of its kind. */
export async function createSession(
  sessions: SessionStore,
  session: NewSession,
  maxSessions: number,
  now: EpochSeconds,
): Promise<{ readonly session: Session; readonly endedIds: readonly string[] }> {
  const result = await sessions.create(requestFor(session, { limits: limitsOf(maxSessions), now }));
  assert.equal(result.outcome, 'created');
  return { session: result.session, endedIds: result.endedIds };
}

/** Limits of this many sessions of each kind. */
export function limitsOf(sessions: number): SessionLimits {
  return { sessions, perClient: sessions, clientSessions: sessions };
}

/** What creates a session without a parent, unless more is said. */
export function requestFor(session: NewSession, changes: Partial<CreateRequest> = {}): CreateRequest {
  return {
    session,
    limits: limitsOf(9),
    witness: null,
    use: null,
    clientCounter: null,
    now: startAt,
    ...changes,
  };
}

/** A client session of a third party under this parent. */
export function newChild(
  random: SeededRandom,
  parent: Session,
  changes: Partial<NewSession> = {},
): NewSession {
  const { subject, id: parentId } = parent;
  return newSession(random, { subject, parentId, clientId: 'app', thirdParty: true, ...changes });
}

/** What creates a child, with its witness. */
export function childRequest(
  sessions: SessionStore,
  parent: Session,
  child: NewSession,
  changes: Partial<CreateRequest> = {},
): CreateRequest {
  return requestFor(child, {
    limits: limitsOf(1000),
    witness: sessions.witness(parent, child.id),
    ...changes,
  });
}

/** Creates a child. */
export async function createChild(
  sessions: SessionStore,
  parent: Session,
  child: NewSession,
  changes: Partial<CreateRequest> = {},
): Promise<Session> {
  const result = await sessions.create(childRequest(sessions, parent, child, changes));
  assert.equal(result.outcome, 'created');
  return result.session;
}
