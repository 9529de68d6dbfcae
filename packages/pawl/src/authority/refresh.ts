import { PawlError } from '../errors.js';
import type { Binding } from '../rotation/binding.js';
import type { Granted } from '../rotation/decide.js';
import type { Session } from '../rotation/session.js';
import { advance, type Prepare, type RefusedRefresh, refusalOf, refuseUnread } from './advance.js';
import type { TokenAttempt } from './attempt.js';
import type { Context } from './context.js';
import { askClaims } from './custom-claims.js';
import { issueTokens, type Tokens } from './issue.js';
import { networkOf } from './network.js';
import { type AuthenticToken, presentRefreshToken } from './present.js';
import { isNarrowing } from './scope.js';
import { bindingShown, type Transport } from './token-binding.js';
import { leastAccessLifetimeSeconds } from '../access/lifetime.js';

/** What a registration says of the tokens of its client. */
export interface ClientLimits {
  /** Lifetime of its access tokens; at most the option of that name, which is the default. */
  readonly accessSeconds?: number;
}

/** One presented refresh token, with what the caller found out about the request. */
export interface RefreshRequest extends ClientLimits {
  /** The token as received, any text. */
  readonly refreshToken: string;
  /** Thumbprint of the key whose possession this request has proved. */
  readonly provenKey?: string;
  /** How the refresh token came. A bound session goes on only as it began. Default `body`. */
  readonly transport?: Transport;
  /** The client that presents the token, when the transport authenticated or named one. */
  readonly clientId?: string;
  /**
   * Asked when the session belongs to another client than `clientId`: what that client's registration says when the request may act for it, and null
   * when it may not. Default: it may not.
   */
  readonly otherClient?: (clientId: string) => ClientLimits | null | Promise<ClientLimits | null>;
  /** Whether that client has shown its secret. Then a proof by any key counts as one by the session's, see `clientKeyChange`. */
  readonly clientAuthenticated?: boolean;
  /** The IP address from which the request comes. Its network is written down, salted, with a rotation: see `session.replayed-elsewhere`. */
  readonly address?: string;
  /** The header User-Agent of the request; its product belongs to the network. */
  readonly agent?: string;
  /** Narrows the scope of the new access token; a wider one is refused with `invalid_scope` and rotates nothing. */
  readonly scope?: string;
}

export type RefreshResult =
  | {
      readonly granted: true;
      readonly outcome: Granted;
      readonly tokens: Tokens;
      /** Whether the token was spared a rotation only because the store was away meanwhile: the access token that came with it may have ended. */
      readonly stretched: boolean;
      /** How long an access token is good, at the least, that was handed out when the current refresh token was. */
      readonly keptAccessSeconds: number;
    }
  | RefusedRefresh;

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
  presented: AuthenticToken,
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
    return askClaims(context.claims, {
      reason: 'refresh',
      subject,
      sessionId,
      clientId,
      scope: asked ?? granted,
    });
  };
}
