import type { EpochSeconds } from '../base/clock.js';
import type { Binding } from '../rotation/binding.js';
import { endOf, idleExpiresAt, type Session } from '../rotation/session.js';
import { isSessionId } from '../sealed/session-id.js';
import type { Context } from './context.js';

/** A live session as its owner sees it. */
export interface SessionInfo {
  readonly id: string;
  readonly clientId: string;
  readonly device: string | null;
  /** What kind of key it belongs to. `browser`: a key of DBSC, which has taken the place of the refresh token. */
  readonly binding: Binding['kind'];
  readonly createdAt: EpochSeconds;
  /** Last rotation, or last use that was written down with `mode: 'session'`; null when there was none yet. */
  readonly lastRefreshedAt: EpochSeconds | null;
  /** When it ends unless it is refreshed before: the earlier of the idle and the absolute end. */
  readonly expiresAt: EpochSeconds;
}

/** A session as an operator sees it. */
export interface FoundSession extends SessionInfo {
  readonly subject: string;
  readonly alive: boolean;
}

/**
 * The live sessions of a subject, newest first.
 *
 * @throws PawlError `store_unavailable`
 */
export async function listSessions(context: Context, subject: string): Promise<readonly SessionInfo[]> {
  const sessions = await context.store.sessions.list(subject, context.now());
  return sessions.map(infoOf);
}

/**
 * One session, alive or not long dead; null when it is unknown.
 *
 * @throws PawlError `store_unavailable`
 */
export async function findSession(context: Context, sessionId: string): Promise<FoundSession | null> {
  const session = isSessionId(sessionId) ? await context.store.sessions.find(sessionId) : null;
  if (session === null) return null;
  return { ...infoOf(session), subject: session.subject, alive: endOf(session, context.now()) === null };
}

export function infoOf(session: Session): SessionInfo {
  return {
    id: session.id,
    clientId: session.clientId,
    device: session.device,
    binding: session.binding.kind,
    createdAt: session.createdAt,
    lastRefreshedAt: session.rotatedAt,
    expiresAt: Math.min(session.expiresAt, idleExpiresAt(session)),
  };
}
