import type { EpochSeconds } from '../base/clock.js';
import { endOf, idleExpiresAt, lastUsedAt, type Session } from '../rotation/session.js';
import type { SubjectEpoch } from './session-records.js';
import type { NewSession, SessionLimits } from './session-store.js';

// What the stores in this process work out in one way, about the sessions of one subject.

/** Of the records that ended, and that nothing asks to be kept, a subject has at most so many. */
export const maxEnded = 200;

/** A child that ended is kept for as long as its code can be presented again: a code's life and the longest deadline of a step, a minute each. */
export const endedChildSeconds = 120;

/**
 * What has expired is put away so much later. A step of a node whose clock is behind may still find it alive, and it must then be where ends and lists
 * find it.
 */
export const expirySlackSeconds = 60;

/** For so long the client of a session that ended can still be told. */
export const owedSeconds = 3600;

/** For so many sessions of one subject; the one that ended first is over first. */
export const maxOwed = 500;

/** Whether a session belongs to a client that was let in, and not to the login at the authority itself. */
export function isClientSession(session: Pick<Session, 'parentId' | 'offline' | 'thirdParty'>): boolean {
  return session.parentId !== null || session.offline || session.thirdParty;
}

/** Whether the session ends when the one with this id does. */
export function endsWith(session: Session, parentId: string, now: EpochSeconds): boolean {
  return session.parentId === parentId && !session.offline && endOf(session, now) === null;
}

/**
 * The instant of the session's earliest end, which may lie ahead. Of a subject that was revoked twice only the later instant is known: a record
 * is then kept for longer.
 *
 * @param epoch - of the session's subject
 */
export function earliestEnd(
  session: Omit<Session, 'subjectEpoch'>,
  epoch: SubjectEpoch | null,
): EpochSeconds {
  const isBehind = epoch !== null && session.epoch < epoch.epoch;
  return Math.min(
    session.expiresAt,
    idleExpiresAt(session),
    session.revokedAt ?? Number.POSITIVE_INFINITY,
    isBehind ? epoch.changedAt : Number.POSITIVE_INFINITY,
  );
}

/** Whether the client of a session has to be told that it ended at this instant: an expired session owes nothing. */
export function owesLogout(session: Session, endedAt: EpochSeconds): boolean {
  return session.logoutOwed && endedAt < session.expiresAt && endedAt < idleExpiresAt(session);
}

/**
 * Which sessions end so that there is room for one more: see {@link SessionLimits}. Children are not counted in.
 *
 * @param others - the subject's sessions that are alive
 */
export function surplusOf(
  others: readonly Session[],
  added: NewSession,
  limits: SessionLimits,
): readonly Session[] {
  const rivals = others.filter((other) => isClientSession(other) === isClientSession(added));
  if (!isClientSession(added)) return leastUsed(rivals, limits.sessions);
  const ofClient = leastUsed(
    rivals.filter(({ clientId }) => clientId === added.clientId),
    limits.perClient,
  );
  const rest = rivals.filter((rival) => !ofClient.includes(rival));
  return [...ofClient, ...leastUsed(rest, limits.clientSessions, ({ thirdParty }) => thirdParty)];
}

/** Those that are too many by the one that comes: first those for which `isFirst` holds, then by their last use. */
function leastUsed(
  sessions: readonly Session[],
  limit: number,
  isFirst: (session: Session) => boolean = () => false,
): readonly Session[] {
  return [...sessions]
    .sort((left, right) => Number(isFirst(right)) - Number(isFirst(left)) || compareUse(left, right))
    .slice(0, Math.max(0, sessions.length + 1 - limit));
}

/** The one that was out of use the longest comes first; equal ones in the order of ids, so that every store agrees. */
function compareUse(left: Session, right: Session): number {
  return lastUsedAt(left) - lastUsedAt(right) || (left.id < right.id ? -1 : 1);
}

/**
 * What a client counter is raised to. Never lower than the instant, so that a counter which was forgotten is not at a value again that a
 * code carries.
 */
export function nextClientCounter(counter: number, now: EpochSeconds): number {
  return Math.max(counter + 1, Math.floor(now));
}

/** When a child expires: never after its parent, unless it is offline. */
export function childExpiresAt(child: NewSession, parent: Session): EpochSeconds {
  return child.offline ? child.expiresAt : Math.min(child.expiresAt, parent.expiresAt);
}

/** Whether a session may be created under this one. */
export function mayHaveChild(parent: Session, child: NewSession, now: EpochSeconds): boolean {
  return endOf(parent, now) === null && parent.subject === child.subject && !isClientSession(parent);
}
