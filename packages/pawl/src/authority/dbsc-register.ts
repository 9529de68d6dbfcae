import { checkRegistrationProof } from '../proof/dbsc.js';
import { encodeDbscIdentifier } from '../sealed/dbsc-identifier.js';
import { wouldGrant } from './advance.js';
import type { Context } from './context.js';
import { acceptChallenge, issueChallenge } from './dbsc-challenge.js';
import { presentRefreshToken } from './present.js';
import { attemptOf } from './refresh.js';

/** What a browser sends to register its key. */
export interface DbscRegistrationRequest {
  /** The refresh token of the session, from its cookie. */
  readonly refreshToken: string;
  /** The proof: value of the `Secure-Session-Response` header. */
  readonly proof: string;
}

export type DbscRegistration =
  | {
      readonly granted: true;
      /** What the browser will name the session by. */
      readonly sessionIdentifier: string;
      /** For the first proof. */
      readonly challenge: string;
    }
  | { readonly granted: false };

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
  // The refresh that is not made: whether it would be granted is all that is asked.
  const attempt = attemptOf(context, {}, presented);
  if (session?.binding.kind !== 'none' || !wouldGrant(context, session, attempt)) return { granted: false };
  const publicKey = JSON.stringify(checked.key.jwk);
  return {
    granted: true,
    sessionIdentifier: encodeDbscIdentifier({ sessionId, secret, publicKey }, context.ring.refreshKey()),
    challenge: issueChallenge(context, 'refresh', sessionId, context.now()),
  };
}
