import { PawlError } from '../errors.js';
import type { Binding } from '../rotation/binding.js';
import type { Session } from '../rotation/session.js';
import { advance, type Prepare, refusalOf, refuseUnread, type TokenAttempt } from './advance.js';
import type { ClientLimits, RefreshRequest, RefreshResult } from './authority.js';
import type { Context } from './context.js';
import { askClaims } from './custom-claims.js';
import { issueTokens } from './issue.js';
import { networkOf } from './network.js';
import { type PresentedToken, presentRefreshToken } from './present.js';
import { isNarrowing } from './scope.js';
import { bindingShown } from './token-binding.js';
import { leastAccessLifetimeSeconds } from '../access/lifetime.js';

/**
 * Redeems one refresh token and advances its session by at most one generation.
 *
 * Does NOT authenticate the client, verify a proof of possession or check the request's origin: `request` states what the
 * caller found.
 *
 * @throws PawlError `store_unavailable` (unknown outcome), `claims_unavailable` and `invalid_scope` (nothing rotated)
 * @see [RFC 9700 §4.14](https://www.rfc-editor.org/rfc/rfc9700.html#section-4.14)
 */
export async function refresh(context: Context, request: RefreshRequest): Promise<RefreshResult> {
  const presented = await presentRefreshToken(context, request.refreshToken);
  if (presented === null) return refusalOf(refuseUnread(context, 'malformed', request));
  let limits: ClientLimits = request;
  const { otherClient } = request;
  const mayActFor: TokenAttempt['mayActFor'] =
    otherClient === undefined
      ? null
      : async (clientId) => {
          const other = await otherClient(clientId);
          if (other === null) return false;
          limits = other;
          return true;
        };
  const attempt = attemptOf(context, request, presented, mayActFor);
  const advanced = await advance(context, attempt, preparationOf(context, request));
  if (!advanced.granted) return refusalOf(advanced);
  const accessSeconds = Math.min(limits.accessSeconds ?? Infinity, context.options.accessSeconds);
  const { outcome, session, claims, stretched } = advanced;
  const tokens = issueTokens(context, session, presented.contents.secret, claims, {
    ...(request.scope === undefined ? {} : { scope: request.scope }),
    binding: bindingOfTokens(session, attempt),
    accessSeconds,
  });
  const keptAccessSeconds = Math.min(
    tokens.expiresInSeconds,
    leastAccessSeconds(context, session, accessSeconds),
  );
  return { granted: true, outcome, tokens, stretched, keptAccessSeconds };
}

/** What is left at the least of an access token that came with the current refresh token: its lifetime is drawn, and begins with a whole second. */
function leastAccessSeconds(
  context: Context,
  { rotatedAt, createdAt }: Session,
  accessSeconds: number,
): number {
  const issuedAt = Math.floor((rotatedAt ?? createdAt) - context.clock.differenceSeconds);
  const endsAt = issuedAt + leastAccessLifetimeSeconds(accessSeconds);
  return Math.max(0, Math.floor(endsAt - context.machineNow()));
}

/** What a request presents with a refresh token whose MAC holds. */
export function attemptOf(
  context: Context,
  request: Omit<RefreshRequest, 'refreshToken'>,
  presented: PresentedToken,
  mayActFor: TokenAttempt['mayActFor'] = null,
): TokenAttempt {
  const { sessionId, generation, fork } = presented.contents;
  return {
    kind: 'token',
    sessionId,
    secretHash: presented.secretHash,
    generation,
    fork,
    proof: bindingShown(request.provenKey, request.transport),
    clientId: request.clientId ?? null,
    mayActFor,
    mayChangeKey:
      request.clientAuthenticated === true &&
      request.clientId !== undefined &&
      context.options.clientKeyChange === 'authenticated',
    network: networkOf(context, request),
    address: request.address ?? null,
    now: context.now(),
  };
}

/**
 * The key that the tokens belong to. A session is bound at login: a first proof at a refresh binds neither the session, which a thief could do first,
 * nor the access token of a public client. A client that has authenticated may show a key for its access token (RFC 9449 §5).
 */
function bindingOfTokens({ binding }: Session, { proof, mayChangeKey }: TokenAttempt): Binding {
  return mayChangeKey && proof.kind === 'dpop' && binding.kind !== 'cookie' ? proof : binding;
}

/** A claims hook and a narrowed scope need the session first. */
export function preparationOf(
  context: Context,
  { scope: asked }: Pick<RefreshRequest, 'scope'>,
): Prepare | null {
  if (context.claims === null && asked === undefined) return null;
  return ({ subject, clientId, id: sessionId, scope: granted }) => {
    if (asked !== undefined && !isNarrowing(asked, granted)) {
      throw new PawlError('invalid_scope', 'the requested scope exceeds the one that was granted at login');
    }
    return askClaims(context, {
      reason: 'refresh',
      subject,
      sessionId,
      clientId,
      scope: asked ?? granted,
    });
  };
}
