import type { Context } from './context.js';
import { modes } from './modes.js';
import { endSession } from './revoke.js';

/**
 * Ends the session of a refresh token, whatever its generation, or of a session token: somebody who holds any token of a session may end it, and
 * an honest client whose token was retired a moment ago must be able to. Resolves to whether this call ended it.
 *
 * Does NOT ask for a proof of possession: a thief who logs the victim out gains nothing.
 *
 * @throws PawlError `store_unavailable`: unknown outcome, repeating is safe
 */
export async function logout(
  context: Context,
  token: string,
  mayEnd?: (clientId: string) => boolean | Promise<boolean>,
): Promise<boolean> {
  const presented = await modes[context.options.mode].present(context, token);
  if (presented === null) return false;
  const { sessionId } = presented.contents;
  if (mayEnd !== undefined) {
    // A session never changes its client, so this look-up and the write that follows need not be one step.
    const session = await context.store.sessions.find(sessionId);
    if (session === null || !(await mayEnd(session.clientId))) return false;
  }
  return endSession(context, sessionId, { secretHash: presented.secretHash, cause: 'logout' });
}
