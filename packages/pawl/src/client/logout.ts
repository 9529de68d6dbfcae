import { backoffSeconds, deadlineSeconds } from './backoff.js';
import type { ClientContext } from './context.js';
import { callIssuer } from './issuer-calls.js';
import type { SignedInRecord } from './session-record.js';

const maxTries = 3;

/**
 * Ends the session here and at the issuer. With cookies it ends here only when the issuer has answered: nobody else can take them away.
 *
 * @returns whether the issuer confirmed
 */
export async function logout(context: ClientContext): Promise<boolean> {
  if (context.options.usesCookies) {
    const confirmed = await endAtIssuer(context, {});
    if (confirmed) await endHere(context);
    return confirmed;
  }
  const ended = await endHere(context);
  return ended === null || endAtIssuer(context, { refresh_token: ended.tokens.refreshToken });
}

/** An answer to a refresh that is under way finds an ended session, and does not bring it back. */
async function endHere(context: ClientContext): Promise<SignedInRecord | null> {
  let ended: SignedInRecord | null = null;
  await context.store((newest) => {
    ended = newest?.status === 'signed-in' ? newest : null;
    return ended && { status: 'ended', sessionId: ended.tokens.sessionId, reason: 'logged-out' };
  });
  return ended;
}

/** Any refresh token that the session ever had ends it; without one in the body, the cookie's counts. Resolves to whether the issuer confirmed. */
export async function endAtIssuer(context: ClientContext, body: object): Promise<boolean> {
  const { device } = context;
  for (let attempt = 0; attempt < maxTries; attempt++) {
    if (attempt > 0) await device.wait(backoffSeconds(attempt, device.fraction(), 0));
    const answer = await callIssuer(context, {
      path: '/logout',
      body,
      key: null,
      deadlineSeconds: deadlineSeconds(attempt),
      keepalive: true,
    });
    // 400: there was no cookie, so there is no session.
    if (answer?.status === 204 || answer?.status === 400) return true;
  }
  return false;
}
