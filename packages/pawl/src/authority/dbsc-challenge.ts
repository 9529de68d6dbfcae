import type { EpochSeconds } from '../base/clock.js';
import { registrationSeconds } from '../rotation/session.js';
import { type ChallengePurpose, encodeDbscChallenge, readDbscChallenge } from '../sealed/dbsc-challenge.js';
import type { Context } from './context.js';

/** A challenge that is sent ahead is answered when the access token ends; this is added for a page that is slow to ask. */
const challengeAllowanceSeconds = 300;

/** A new challenge for a session. */
export function issueChallenge(
  context: Context,
  purpose: ChallengePurpose,
  sessionId: string,
  issuedAt: EpochSeconds,
): string {
  return encodeDbscChallenge(purpose, sessionId, issuedAt, context.ring.refreshKey());
}

/** When the challenge that a proof answers was issued; null when it is not one of the session's, or too old. */
export function acceptChallenge(
  context: Context,
  purpose: ChallengePurpose,
  sessionId: string,
  challenge: string,
): EpochSeconds | null {
  const issuedAt = readDbscChallenge(challenge, purpose, sessionId, (id) => context.ring.findRefreshKey(id));
  const mostSeconds =
    purpose === 'registration'
      ? registrationSeconds
      : context.options.accessSeconds + challengeAllowanceSeconds;
  return issuedAt !== null && context.now() - issuedAt < mostSeconds ? issuedAt : null;
}
