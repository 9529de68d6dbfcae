import { equalText } from '../../base/bytes.js';
import type { EpochSeconds } from '../../base/clock.js';
import { mayRotate } from '../../rotation/guard.js';
import {
  endOf,
  isRevoked,
  isSameRotation,
  maxGeneration,
  reauthenticated,
  rotated,
  rotationOf,
  type Session,
} from '../../rotation/session.js';
import { childExpiresAt, endsWith, maxEnded, mayHaveChild, surplusOf } from '../session-family.js';
import {
  type ApplyResult,
  type CreateRequest,
  type CreateResult,
  createdFrom,
  type EndedSession,
  type Reauthentication,
  replacesKey,
  type RotateAttempt,
  type RotateResult,
  type SessionStore,
  type StoreChange,
} from '../session-store.js';
import { sha256Witness } from '../witness.js';
import type { Records } from './records.js';
import type { RunStep } from './store.js';

export function createSessions(records: Records, run: RunStep): SessionStore {
  return {
    witness: sha256Witness,
    create: (request) => run(() => create(records, request)),
    rotate: (attempt) => run(() => rotate(records, attempt)),
    apply: (read, change, now) => run(() => apply(records, read, change, now)),
    reauthenticate: (read, by, network, now) => run(() => reauthenticate(records, read, by, network, now)),
    find: (sessionId) => run(() => records.find(sessionId)),
    epochOf: (subject) => run(() => records.epochOf(subject)),
    list: (subject, now) => run(() => records.alive(subject, now).reverse()),
    revokeSession: (sessionId, secretHash, now) =>
      run(() => revokeSession(records, sessionId, secretHash, now)),
    revokeSubject: (subject, now) => run(() => records.incrementEpoch(subject, now)),
    revokeOthers: (subject, keepSessionId, now) =>
      run(() => {
        const parentId = records.find(keepSessionId)?.parentId ?? null;
        const others = records
          .alive(subject, now)
          .filter(({ id, offline }) => id !== keepSessionId && id !== parentId && !offline)
          .filter((other) => !endsWith(other, keepSessionId, now));
        return records.end(others, now);
      }),
    revokeClient: (subject, clientId, now) =>
      run(() => {
        const counter = records.clientCounters.raise(subject, clientId, now);
        const ofClient = records.alive(subject, now).filter((session) => session.clientId === clientId);
        return { counter, endedIds: records.end(ofClient, now) };
      }),
    clientCounterOf: (subject, clientId) => run(() => records.clientCounters.of(subject, clientId)),
    logoutsOwed: (subject, now) => run(() => records.logoutsOwed(subject, now)),
    clearLogoutOwed: (sessionId) =>
      run(() => {
        const session = records.find(sessionId);
        if (session === null || !session.logoutOwed || !isRevoked(session)) return false;
        records.clearLogoutOwed(session);
        return true;
      }),
  };
}

function create(records: Records, request: CreateRequest): CreateResult {
  const { session, limits, witness, use, clientCounter, now } = request;
  const { subject, clientId, parentId } = session;
  const known = records.find(session.id);
  if (known !== null) {
    return { outcome: known.secretHash === session.secretHash ? 'repeated' : 'used', session: known };
  }

  const parent = parentId === null ? null : records.find(parentId);
  if (parentId !== null) {
    if (parent === null || !mayHaveChild(parent, session, now)) return { outcome: 'parent-ended' };
    if (!equalText(witness ?? '', sha256Witness(parent, session.id))) return { outcome: 'parent-ended' };
  }
  if (clientCounter !== null && records.clientCounters.of(subject, clientId) > clientCounter) {
    return { outcome: 'grant-ended' };
  }
  if (parentId !== null && records.countEndedChildren(subject, now) >= maxEnded) {
    return { outcome: 'crowded' };
  }

  records.putAway(subject, now);
  const endedIds = records.end(surplusOf(records.alive(subject, now), session, limits), now);
  const expiresAt = parent === null ? session.expiresAt : childExpiresAt(session, parent);
  const created = createdFrom({ ...session, expiresAt }, records.epochOf(subject));
  records.add(created);
  if (parent !== null && parent.generation === use?.generation && parent.fork === use.fork) {
    records.change(parent, { seen: true, usedAt: now });
  }
  return { outcome: 'created', session: created, endedIds };
}

function rotate(records: Records, attempt: RotateAttempt): RotateResult {
  const session = records.find(attempt.sessionId);
  if (session === null || !mayRotate(session, attempt)) return { rotated: false, session };
  const { now, network } = attempt;
  return { rotated: true, session: records.change(session, rotated(session, now, network)) };
}

function apply(records: Records, read: Session, change: StoreChange, now: EpochSeconds): ApplyResult {
  const session = records.find(read.id);
  const fits =
    session !== null && !isRevoked(session) && isSameRotation(session, read) && !replacesKey(session, change);
  if (!fits) return { applied: false, session, endedIds: [] };
  if (change.kind === 'advance' || change.kind === 'bind') {
    const { binding } = change.kind === 'bind' ? change : session;
    const changes = { ...rotationOf(change.to), binding };
    return { applied: true, session: records.change(session, changes), endedIds: [] };
  }
  if (change.kind === 'revoke-session') return { applied: true, ...endOne(records, session, now) };
  const subjectEpoch = records.incrementEpoch(session.subject, now);
  return { applied: true, session: { ...session, subjectEpoch }, endedIds: [] };
}

function reauthenticate(
  records: Records,
  read: Session,
  by: Reauthentication,
  network: string | null,
  now: EpochSeconds,
): RotateResult {
  const session = records.find(read.id);
  const fits =
    session !== null &&
    endOf(session, now) === null &&
    isSameRotation(session, read) &&
    session.generation < maxGeneration;
  if (!fits) return { rotated: false, session };
  const { authTime, acr, amr } = by;
  const changes = { ...reauthenticated(session, now, network), authTime, acr, amr: [...amr] };
  return { rotated: true, session: records.change(session, changes) };
}

function revokeSession(
  records: Records,
  sessionId: string,
  secretHash: string | null,
  now: EpochSeconds,
): EndedSession | null {
  const session = records.find(sessionId);
  if (session === null || isRevoked(session)) return null;
  if (secretHash !== null && secretHash !== session.secretHash) return null;
  return endOne(records, session, now);
}

function endOne(records: Records, session: Session, now: EpochSeconds): EndedSession {
  const endedIds = records.end([session], now).filter((id) => id !== session.id);
  return { session: { ...session, revokedAt: now }, endedIds };
}
