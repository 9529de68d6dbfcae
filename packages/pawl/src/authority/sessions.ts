import { endOf, idleExpiresAt, type Session } from '../rotation/session.js';
import { isSessionId } from '../sealed/session-id.js';
import type { FoundSession, SessionInfo } from './authority.js';
import type { Context } from './context.js';

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
