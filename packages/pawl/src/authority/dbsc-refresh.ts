import type { EpochSeconds } from '../base/clock.js';
import { readJsonObject } from '../base/json-object.js';
import { checkRefreshProof } from '../proof/dbsc.js';
import { unbound } from '../rotation/binding.js';
import { advance, type RefusedRefresh, refusalOf, refuseUnread } from './advance.js';
import type { Context } from './context.js';
import { acceptChallenge, issueChallenge } from './dbsc-challenge.js';
import { type AccessTokens, issueAccess } from './issue.js';
import { networkOf } from './network.js';
import { presentDbscIdentifier } from './present.js';
import { preparationOf } from './refresh.js';

/** What a browser sends to refresh a session by its key. */
export interface DbscRefreshRequest {
  /** Value of the `Sec-Secure-Session-Id` header. */
  readonly sessionIdentifier: string;
  /** The proof: value of the `Secure-Session-Response` header; null when the browser has no challenge to answer. */
  readonly proof: string | null;
  /** As of a refresh by token. */
  readonly address?: string;
  readonly agent?: string;
}

export type DbscRefresh =
  | {
      readonly granted: true;
      readonly outcome: 'rotated' | 'replayed';
      /** There is no refresh token: the key has taken its place. */
      readonly tokens: AccessTokens;
      /** For the next proof. */
      readonly challenge: string;
    }
  | { readonly granted: false; readonly outcome: 'challenged'; readonly challenge: string }
  | RefusedRefresh;

/**
 * Refreshes a session by the proof of a browser's key, and binds it to the key when it is not bound yet. The rotation rule decides; the
 * proof stands for the current token, whatever the generation.
 *
 * Without a proof, and for one with a challenge that is too old or spent, the answer is a new challenge. The same proof again is a retry, inside the window.
 *
 * @throws PawlError `store_unavailable` (unknown outcome), `claims_unavailable` (nothing changed)
 */
export async function refreshByBrowser(context: Context, request: DbscRefreshRequest): Promise<DbscRefresh> {
  const presented = await presentDbscIdentifier(context, request.sessionIdentifier);
  if (presented === null) return refusalOf(refuseUnread(context, 'malformed', request));
  const { sessionId, publicKey } = presented.contents;
  const now = context.now();
  if (request.proof === null) return challenged(context, sessionId, now);

  const checked = await checkRefreshProof(request.proof, readJsonObject(publicKey));
  if (!checked.valid && checked.reason === 'malformed') {
    return refusalOf(refuseUnread(context, 'malformed', { ...request, sessionId }));
  }
  const issuedAt = checked.valid ? acceptChallenge(context, 'refresh', sessionId, checked.challenge) : now;
  if (issuedAt === null) return challenged(context, sessionId, now);
  const advanced = await advance(
    context,
    {
      kind: 'challenge',
      sessionId,
      secretHash: presented.secretHash,
      issuedAt,
      proof: checked.valid ? { kind: 'browser', jkt: checked.key.thumbprint } : unbound,
      clientId: null,
      network: networkOf(context, request),
      address: request.address ?? null,
      now,
    },
    preparationOf(context, {}),
  );
  if (!advanced.granted) {
    return advanced.outcome === 'spent'
      ? challenged(context, sessionId, now, advanced.session?.rotatedAt)
      : refusalOf(advanced);
  }
  const { session, claims } = advanced;
  return {
    granted: true,
    outcome: advanced.outcome === 'rotated' ? 'rotated' : 'replayed',
    tokens: issueAccess(context, session, claims),
    challenge: newChallenge(context, sessionId, now, session.rotatedAt),
  };
}

/** Younger than the last rotation, whatever the clocks of the nodes say: one that is not counts as used. */
function newChallenge(
  context: Context,
  sessionId: string,
  now: EpochSeconds,
  rotatedAt: EpochSeconds | null = null,
): string {
  const issuedAt = rotatedAt === null ? now : Math.max(now, rotatedAt + 0.001);
  return issueChallenge(context, 'refresh', sessionId, issuedAt);
}

function challenged(
  context: Context,
  sessionId: string,
  now: EpochSeconds,
  rotatedAt: EpochSeconds | null = null,
): DbscRefresh {
  const challenge = newChallenge(context, sessionId, now, rotatedAt);
  return { granted: false, outcome: 'challenged', challenge };
}
