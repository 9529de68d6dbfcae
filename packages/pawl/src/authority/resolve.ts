import { equalText } from '../base/bytes.js';
import { endOf, type Session } from '../rotation/session.js';
import type { Verification } from './verify.js';
import type { Context } from './context.js';
import { askClaims } from './custom-claims.js';
import { sessionClaims } from './issue.js';
import { presentSessionToken } from './present.js';
import { endSubject } from './revoke.js';
import { isTouchDue, touch } from './touch.js';

type Refusal = Extract<Verification, { valid: false }>;

/**
 * Resolves a session token: its MAC, before any store is touched, then its session in the store, alive and with the token's secret. One that was
 * resolved less than `accessSeconds` ago is answered from memory, as long as the feed is followed and tells of no end.
 *
 * Does NOT check scope, and does NOT check a proof of possession when the session is bound (`cnf`).
 *
 * @param token - any text; malformed ones are a result, never an error
 * @throws PawlError `store_unavailable` when the session cannot be looked up, `claims_unavailable`
 */
export async function resolve(context: Context, token: string): Promise<Verification> {
  const { sessionCache } = context;
  const cached = sessionCache?.find(token, context.now());
  if (cached && !isTouchDue(context, cached.session)) return { valid: true, claims: cached.claims };

  const presented = await presentSessionToken(context, token);
  if (presented === null) return { valid: false, reason: 'malformed' };
  const { sessionId } = presented.contents;
  const ticket = sessionCache?.ticket() ?? 0;
  const readAt = context.now();
  const read = await context.store.sessions.find(sessionId);
  if (read === null) return { valid: false, reason: 'revoked' };
  const refusal = refusalOf(context, read, presented.secretHash);
  if (refusal !== null) return refusal;

  const { subject, clientId, scope } = read;
  const answer = await askClaims(context.claims, { reason: 'look-up', subject, sessionId, clientId, scope });
  if ('refused' in answer) {
    await endSubject(context, subject, { sessionId, cause: answer.refused });
    return { valid: false, reason: 'revoked' };
  }
  const session = isTouchDue(context, read) ? await touch(context, read) : read;
  if (session === null) return { valid: false, reason: 'revoked' };
  // Asked again: both steps took time, and liveness is judged at their end.
  const end = endOf(session, context.now());
  if (end !== null) return { valid: false, reason: end };
  const claims = frozen(sessionClaims(context, session, answer.claims));
  sessionCache?.put(ticket, token, { session, claims, readAt });
  return { valid: true, claims };
}

function refusalOf(context: Context, session: Session, secretHash: string): Refusal | null {
  const end = endOf(session, context.now());
  if (end !== null) return { valid: false, reason: end };
  if (equalText(session.secretHash, secretHash)) return null;
  const { subject, id: sessionId } = session;
  context.events.emit({ type: 'session.forged', at: context.now(), subject, sessionId });
  return { valid: false, reason: 'signature' };
}

/** The same object answers many calls: none of them may change it for the others. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) frozen(member);
  }
  return value;
}
