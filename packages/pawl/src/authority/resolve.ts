import { equalText } from '../base/bytes.js';
import { endOf, type Session } from '../rotation/index.js';
import type { Verification } from './authority.js';
import type { Context } from './context.js';
import { askClaims, sessionClaims } from './issue.js';
import { presentSessionToken } from './present.js';
import { endSubject } from './revoke.js';
import { isTouchDue, touch } from './touch.js';

type Refusal = Extract<Verification, { valid: false }>;

/**
 * Resolves a session token: its MAC, before any store is touched, then its session in the store, alive and with the token's secret.
 *
 * Does NOT check scope, and does NOT check a proof of possession when the session is bound (`cnf`).
 *
 * @param token - any text; malformed ones are a result, never an error
 * @throws PawlError `store_unavailable` when the session cannot be looked up, `claims_unavailable`
 */
export async function resolve(context: Context, token: string): Promise<Verification> {
  const presented = await presentSessionToken(context, token);
  if (presented === null) return { valid: false, reason: 'malformed' };
  const { sessionId } = presented.contents;
  const read = await context.store.sessions.find(sessionId);
  if (read === null) return { valid: false, reason: 'revoked' };
  const refusal = refusalOf(context, read, presented.secretHash);
  if (refusal !== null) return refusal;

  const { subject, clientId, scope } = read;
  const answer = await askClaims(context, { reason: 'look-up', subject, sessionId, clientId, scope });
  if ('refused' in answer) {
    await endSubject(context, subject, { sessionId, cause: answer.refused });
    return { valid: false, reason: 'revoked' };
  }
  const session = isTouchDue(context, read) ? await touch(context, read) : read;
  if (session === null) return { valid: false, reason: 'revoked' };
  // Asked again: both steps took time, and liveness is judged at their end.
  const end = endOf(session, context.now());
  if (end !== null) return { valid: false, reason: end };
  return { valid: true, claims: sessionClaims(context, session, answer.claims) };
}

function refusalOf(context: Context, session: Session, secretHash: string): Refusal | null {
  const end = endOf(session, context.now());
  if (end !== null) return { valid: false, reason: end };
  if (equalText(session.secretHash, secretHash)) return null;
  const { subject, id: sessionId } = session;
  context.events.emit({ type: 'session.forged', at: context.now(), subject, sessionId });
  return { valid: false, reason: 'signature' };
}
