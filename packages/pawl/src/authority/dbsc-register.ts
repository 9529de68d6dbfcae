import { equalText } from '../base/bytes.js';
import { checkRegistrationProof } from '../proof/dbsc.js';
import { decide, isGranted, type Session } from '../rotation/index.js';
import { encodeDbscIdentifier } from '../tokens/index.js';
import type { DbscRegistration, DbscRegistrationRequest } from './authority.js';
import type { Context } from './context.js';
import { acceptChallenge, issueChallenge } from './dbsc-challenge.js';
import { presentRefreshToken, type PresentedToken } from './present.js';

/**
 * Registers a browser's key for a session that was logged in by cookie: answers with the identifier that the browser will send with its
 * proofs. Nothing is written: the session is bound when the first proof with the identifier comes, so that an answer that is lost leaves
 * the refresh token good.
 *
 * Refused when the refresh token would not be granted now, when the session is bound, and some minutes after login.
 *
 * @throws PawlError `store_unavailable`: repeating is safe
 */
export async function registerBrowser(
  context: Context,
  { refreshToken, proof }: DbscRegistrationRequest,
): Promise<DbscRegistration> {
  const checked = await checkRegistrationProof(proof);
  const presented = await presentRefreshToken(context, refreshToken);
  if (!checked.valid || presented === null) return { granted: false };
  const { sessionId, secret } = presented.contents;
  if (acceptChallenge(context, 'registration', sessionId, checked.challenge) === null)
    return { granted: false };
  const session = await context.store.sessions.find(sessionId);
  if (session === null || session.boundKey !== null || !wouldGrant(context, session, presented))
    return { granted: false };
  const publicKey = JSON.stringify(checked.key.jwk);
  return {
    granted: true,
    sessionIdentifier: encodeDbscIdentifier({ sessionId, secret, publicKey }, context.ring.refreshKey()),
    challenge: issueChallenge(context, 'refresh', sessionId, context.now()),
  };
}

/** Whether the rule would hand out tokens. What it would do otherwise is left to a refresh. */
function wouldGrant(context: Context, session: Session, { contents, secretHash }: PresentedToken): boolean {
  const { generation, fork } = contents;
  const secretMatches = equalText(session.secretHash, secretHash);
  const presented = { generation, fork, secretMatches, provenKey: null };
  return isGranted(decide(session, presented, context.options.policy, context.now()).outcome);
}
