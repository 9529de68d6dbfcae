import { outcomeOf } from './advance.js';
import type { Context } from './context.js';
import { presentRefreshToken } from './present.js';
import { attemptOf } from './refresh.js';
import { type FoundSession, infoOf } from './sessions.js';

/** The refresh token of a cookie that is asked about. */
export interface RecogniseRequest {
  /** The token as received, any text. */
  readonly refreshToken: string;
  /** As of a refresh. */
  readonly address?: string;
  readonly agent?: string;
}

/**
 * Why a browser is not recognised. `unknown`: its token is none of ours. `ended`: its session is over. `unproven`: only a refresh can say. `bound`: a
 * program of its owner holds the key, and has to refresh.
 */
export type Recognition =
  | { readonly recognised: true; readonly session: FoundSession }
  | { readonly recognised: false; readonly reason: 'unknown' | 'ended' | 'unproven' | 'bound' };

/**
 * Says whose session the refresh token of a cookie is, as the rule would have it, and does nothing: no request that another site can cause moves a
 * session on or ends one. Such a request may have been under way for long, so a retired token in it is no sign of a thief; a refresh tells.
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
  switch (outcomeOf(context, session, attempt)) {
    case 'kept':
    case 'rotated':
    case 'healed':
    case 'replayed':
      return { recognised: true, session: { ...infoOf(session), subject: session.subject, alive: true } };
    case 'forked':
    case 'reused':
    case 'forged':
      return { recognised: false, reason: 'unproven' };
    // Its owner's program has the key; this request could not show it.
    case 'wrong-key':
      return { recognised: false, reason: 'bound' };
    default:
      return { recognised: false, reason: 'ended' };
  }
}
