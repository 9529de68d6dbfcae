import { createHash, randomBytes } from 'node:crypto';
import { policies } from 'pawl/rotation';
import { createSessionId, type NewSession, type RotateAttempt, type SessionStore } from 'pawl/stores';

/** A session in a store, driven past the authority: what is measured is the store. */
export interface StoredSession {
  readonly id: string;
  readonly secretHash: string;
  generation: number;
}

const day = 86_400;

/** A session with members of the lengths that real ones have. */
export function newSession(subject: string, now: number): NewSession {
  return {
    id: createSessionId(subject, { bytes: randomBytes }),
    secretHash: createHash('sha256').update(randomBytes(16)).digest('base64url'),
    subject,
    clientId: 'first-party',
    scope: 'openid profile email offline_access',
    amr: ['pwd', 'otp'],
    acr: null,
    device: 'Firefox 140 on Linux, x86_64',
    binding: { kind: 'none' },
    policy: policies.strict,
    parentId: null,
    authTime: now,
    resources: [],
    offline: false,
    thirdParty: false,
    logoutOwed: false,
    createdAt: now,
    expiresAt: now + 90 * day,
    idleSeconds: 14 * day,
  };
}

/** Sessions to be added, two for each subject. */
export function newSessions(firstNumber: number, count: number, now: number): NewSession[] {
  return Array.from({ length: count }, (_, index) =>
    newSession(`auth0|${String(Math.floor((firstNumber + index) / 2)).padStart(24, '0')}`, now),
  );
}

/** Logs all of them in, in one group of writes. */
export async function addSessions(
  store: SessionStore,
  sessions: readonly NewSession[],
): Promise<StoredSession[]> {
  await Promise.all(sessions.map((session) => createSession(store, session)));
  return sessions.map(storedSession);
}

/** Logs one in, among at most `most` of its subject. */
export async function createSession(store: SessionStore, session: NewSession, most = 100): Promise<void> {
  const { outcome } = await store.create({
    session,
    limits: { sessions: most, perClient: most, clientSessions: most },
    ...{ witness: null, use: null, clientCounter: null, now: session.createdAt },
  });
  if (outcome !== 'created') throw new Error(`a login was answered ${outcome}`);
}

/** A session as it is after its login. */
export function storedSession({ id, secretHash }: NewSession): StoredSession {
  return { id, secretHash, generation: 0 };
}

/** Rotates each of them once in one group of writes. Throws when one rotation did not happen. */
export async function rotate(
  store: SessionStore,
  sessions: readonly StoredSession[],
  now: number,
): Promise<void> {
  const results = await Promise.all(
    sessions.map((session) => store.rotate(attemptOf(session, session.generation++, now))),
  );
  if (!results.every(({ rotated }) => rotated)) throw new Error('a session did not rotate');
}

function attemptOf({ id, secretHash }: StoredSession, generation: number, now: number): RotateAttempt {
  return {
    sessionId: id,
    secretHash,
    generation,
    fork: 0,
    proof: { kind: 'none' },
    clientId: null,
    network: null,
    now,
  };
}
