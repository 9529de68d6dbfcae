import { backoffSeconds, deadlineSeconds } from './backoff.js';
import { ClientError } from './client-error.js';
import type { ClientContext } from './context.js';
import { callIssuer, type IssuerAnswer, tokensOf } from './issuer-calls.js';
import { type SessionRecord, type SignedInRecord, supersedes } from './session-record.js';

/** Says of a live session whether its access token is of use no more. */
export type IsStale = (record: SignedInRecord) => boolean;

/** The answer of a call may take this long to get where the token is checked. */
const marginSeconds = 5;

/** Whether the access token is over, or nearly so. */
export function isOver({ clock }: ClientContext): IsStale {
  return ({ tokens: { accessExpiresAt, refreshAt } }) =>
    clock.now() >= Math.max(accessExpiresAt - marginSeconds, refreshAt);
}

/**
 * Refreshes if the session is alive and stale, once for all who ask. Resolves when it is not stale any more, or over.
 *
 * @throws ClientError `unavailable` when the issuer did not answer in time; the session is as it was
 */
export async function freshen(context: ClientContext, isStale: IsStale): Promise<void> {
  const joined = context.refreshing;
  if (joined !== null) await joined;
  if (!needs(context.record(), isStale)) return;
  context.refreshing ??= run(context, isStale).finally(() => (context.refreshing = null));
  await context.refreshing;
}

function needs(record: SessionRecord | null, isStale: IsStale): record is SignedInRecord {
  return record?.status === 'signed-in' && isStale(record);
}

async function run(context: ClientContext, isStale: IsStale): Promise<void> {
  const { device, options, storage } = context;
  const giveUpAt = device.steadySeconds() + options.patienceSeconds;
  let cause: unknown;
  for (;;) {
    const pauseSeconds = context.askAgainAt - device.steadySeconds();
    if (pauseSeconds > 0) {
      if (context.askAgainAt > giveUpAt)
        throw new ClientError('unavailable', 'The issuer does not answer.', cause);
      await device.wait(pauseSeconds);
    }
    let retryAfterSeconds: number | null = 0;
    try {
      // Held for one try, not while waiting for the next: another tab may have the better connection.
      const longestSeconds = 2 * deadlineSeconds(context.failures);
      retryAfterSeconds = await storage.lock(() => attemptOnce(context, isStale), longestSeconds);
    } catch (error) {
      cause = error;
    }
    if (retryAfterSeconds === null) {
      context.failures = 0;
      return;
    }
    const waitSeconds = backoffSeconds(context.failures++, device.fraction(), retryAfterSeconds);
    context.askAgainAt = device.steadySeconds() + waitSeconds;
  }
}

/** One try under the lock. Resolves to null when there is nothing left to do, else to the seconds that the issuer asks for. */
async function attemptOnce(context: ClientContext, isStale: IsStale): Promise<number | null> {
  // Another tab may have been here before.
  const stored = await context.reload();
  if (!needs(stored, isStale)) return null;
  const { refreshToken } = stored.tokens;
  const answer = await callIssuer(context, {
    path: '/refresh',
    body: refreshToken === null ? {} : { refresh_token: refreshToken },
    key: stored.key,
    deadlineSeconds: deadlineSeconds(context.failures),
  });
  const tokens = tokensOf(context, answer);
  if (tokens !== null) {
    await context.store((newest) => (supersedes(tokens, newest) ? { ...newest, tokens } : null));
    return null;
  }
  if (answer !== null && isRefusal(answer, refreshToken === null)) return refused(context, stored);
  return answer?.retryAfterSeconds ?? 0;
}

/**
 * Every other answer may be of a proxy, an overload or a network that breaks in: it says nothing about the session. `invalid_request`
 * answers a call without a refresh token: this browser has no cookie of the session any more.
 */
function isRefusal({ status, body: { error } }: IssuerAnswer, isByCookie: boolean): boolean {
  return status === 400 && (error === 'invalid_grant' || (isByCookie && error === 'invalid_request'));
}

/** Ends the session, unless the token that was refused is not the newest one any more: then that one is tried. */
async function refused(context: ClientContext, presented: SignedInRecord): Promise<number | null> {
  const { sessionId } = presented.tokens;
  await context.store((newest) =>
    newest?.revision === presented.revision ? { status: 'ended', sessionId, reason: 'refused' } : null,
  );
  return context.record()?.status === 'signed-in' ? 0 : null;
}
