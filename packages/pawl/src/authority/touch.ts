import { isPawlError } from '../errors.js';
import { rotationOf, type Session } from '../rotation/session.js';
import type { Context } from './context.js';

/** Nobody loses more of the idle time than this share, because a use is not written down more often. */
const idleShare = 1 / 20;

/** Whether this use of the session has to be written down: the last one that was is too old. */
export function isTouchDue(context: Context, session: Session): boolean {
  const everySeconds = Math.min(context.options.accessSeconds, session.idleSeconds * idleShare);
  return context.now() - (session.rotatedAt ?? session.createdAt) >= everySeconds;
}

/**
 * Writes down that the session is used now, from which its idle time counts. Resolves to the record after that, or to null when it is gone.
 *
 * The write is a compare-and-swap on a record that is alive: a late one brings back nothing that was ended, and one that another use was
 * faster than does nothing. Without an answer of the store the record that was read is as good.
 */
export async function touch(context: Context, read: Session): Promise<Session | null> {
  const now = context.now();
  const to = { ...rotationOf(read), rotatedAt: now };
  try {
    return (await context.store.sessions.apply(read, { kind: 'advance', to }, now)).session;
  } catch (error) {
    if (isPawlError(error, 'store_unavailable')) return read;
    throw error;
  }
}
