import type { RecogniseRequest, Recognition } from './authority.js';
import { advance, outcomeOf } from './advance.js';
import type { Context } from './context.js';
import { attemptOf } from './refresh.js';
import { presentRefreshToken } from './present.js';
import { infoOf } from './sessions.js';

/**
 * Says whose session the refresh token of a cookie is, as the rule would have it, and redeems nothing: no request that another site can cause moves a
 * session on. A token that is taken for reuse, and one that somebody else made, end what they end everywhere.
 *
 * Does NOT count as a use of the session.
 *
 * @throws PawlError `store_unavailable`
 */
export async function recognise(context: Context, request: RecogniseRequest): Promise<Recognition> {
  const presented = await presentRefreshToken(context, request.refreshToken);
  if (presented === null) return { recognised: false, reason: 'unknown' };
  const attempt = attemptOf(context, { ...request, transport: 'cookie' }, presented);
  const session = await context.store.sessions.find(attempt.sessionId);
  if (session === null) return { recognised: false, reason: 'unknown' };
  const outcome = outcomeOf(context, session, attempt);
  switch (outcome) {
    case 'kept':
    case 'rotated':
    case 'healed':
    case 'replayed':
      return { recognised: true, session: { ...infoOf(session), subject: session.subject, alive: true } };
    // It is forgiven, not known to be the owner's.
    case 'forked':
      return { recognised: false, reason: 'unproven' };
    // Its owner's program has the key; this request could not show it.
    case 'wrong-key':
      return { recognised: false, reason: 'bound' };
    case 'reused':
    case 'forged':
      return tell(context, attempt);
    default:
      return { recognised: false, reason: 'ended' };
  }
}

/** Has the engine do what the rule says of a refusal; what it would hand out meanwhile is left. */
async function tell(context: Context, attempt: Parameters<typeof advance>[1]): Promise<Recognition> {
  const untouched = new Error('nothing is redeemed');
  try {
    await advance(context, attempt, () => Promise.reject(untouched));
  } catch (error) {
    if (error !== untouched) throw error;
    return { recognised: false, reason: 'unproven' };
  }
  return { recognised: false, reason: 'ended' };
}
