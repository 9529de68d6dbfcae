import type { EpochSeconds } from '../base/clock.js';
import { isSessionId } from '../sealed/session-id.js';
import type { Context } from './context.js';
import type { EndCause } from './events.js';

/**
 * Ends one session; with an owner only when it is the owner's. Resolves to whether this call ended it.
 *
 * @throws PawlError `store_unavailable`: unknown outcome, repeating is safe
 */
export async function revokeSession(
  context: Context,
  sessionId: string,
  owner?: { readonly subject: string; readonly cause?: 'revoked' | 'logout' },
): Promise<boolean> {
  const { sessions } = context.store;
  if (!isSessionId(sessionId)) return false;
  // A session never changes its subject, so this look-up and the write that follows need not be one step.
  if (owner !== undefined && (await sessions.find(sessionId))?.subject !== owner.subject) return false;
  return endSession(context, sessionId, { secretHash: null, cause: owner?.cause ?? 'revoked' });
}

/**
 * Ends one session; with a secret's hash only when it is the record's. Resolves to whether this call ended it.
 *
 * @throws PawlError `store_unavailable`: unknown outcome, repeating is safe
 */
export async function endSession(
  context: Context,
  sessionId: string,
  reason: { readonly secretHash: string | null; readonly cause: EndCause },
): Promise<boolean> {
  const now = context.now();
  const ended = await context.store.sessions.revokeSession(sessionId, reason.secretHash, now);
  if (ended === null) return false;
  const { cause } = reason;
  const { subject } = ended.session;
  reportEnded(context, subject, [sessionId], { at: now, cause });
  reportEnded(context, subject, ended.endedIds, { at: now, cause: 'parent' });
  return true;
}

/**
 * Ends every session of a subject, by one increment of its epoch.
 *
 * @throws PawlError `store_unavailable`: unknown outcome, repeating is safe
 */
export async function endSubject(
  context: Context,
  subject: string,
  reason: { readonly cause: EndCause; readonly sessionId: string | null },
): Promise<void> {
  const now = context.now();
  await context.store.sessions.revokeSubject(subject, now);
  context.events.emit({ type: 'subject.revoked', at: now, subject, ...reason });
}

/**
 * Ends every session of a subject but one. Resolves to the ids that ended.
 *
 * @throws PawlError `store_unavailable`: unknown outcome, repeating is safe
 */
export async function revokeOthers(
  context: Context,
  subject: string,
  keepSessionId: string,
): Promise<readonly string[]> {
  const now = context.now();
  const endedIds = await context.store.sessions.revokeOthers(subject, keepSessionId, now);
  reportEnded(context, subject, endedIds, { at: now, cause: 'others' });
  return endedIds;
}

/** Tells of each session that a step has ended. */
export function reportEnded(
  context: Context,
  subject: string,
  sessionIds: readonly string[],
  { at, cause }: { readonly at: EpochSeconds; readonly cause: EndCause },
): void {
  for (const sessionId of sessionIds) {
    context.events.emit({ type: 'session.revoked', at, subject, sessionId, cause });
  }
}
