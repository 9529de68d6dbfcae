import { equalText } from '../base/bytes.js';
import type { EpochSeconds } from '../base/clock.js';
import { endOf, idleExpiresAt } from '../rotation/session.js';
import type { AccessClaims } from '../access/claims.js';
import type { Context } from './context.js';
import { presentRefreshToken } from './present.js';
import { resolve } from './resolve.js';
import { verify } from './verify.js';

/** The members of RFC 7662 §2.2 that apply. */
export type Introspection =
  | { readonly active: false }
  | ({ readonly active: true; readonly tokenType: 'access_token' | 'session_token' } & {
      readonly claims: AccessClaims;
    })
  | {
      readonly active: true;
      readonly tokenType: 'refresh_token';
      readonly subject: string;
      readonly clientId: string;
      readonly scope: string;
      readonly sessionId: string;
      readonly createdAt: EpochSeconds;
      readonly expiresAt: EpochSeconds;
      /** Thumbprint of the key that its refreshes have to prove; null for a bearer session. */
      readonly boundKey: string | null;
    };

/**
 * Says whether a token of either kind is good, and what it stands for. Changes nothing: a retired refresh token is
 * inactive, and is not taken for reuse. With `mode: 'session'` it resolves session tokens, which counts as a use of the session.
 *
 * Does NOT authenticate who asks; `http/endpoints/introspect.ts` does.
 *
 * @throws PawlError `store_unavailable`, with `mode: 'session'` also `claims_unavailable`
 * @see [RFC 7662](https://www.rfc-editor.org/rfc/rfc7662.html)
 */
export async function introspect(context: Context, token: string): Promise<Introspection> {
  if (context.options.mode === 'session') {
    const resolved = await resolve(context, token);
    return resolved.valid
      ? { active: true, tokenType: 'session_token', claims: resolved.claims }
      : { active: false };
  }
  const presented = await presentRefreshToken(context, token);
  if (presented === null) {
    const verification = await verify(context, token);
    return verification.valid
      ? { active: true, tokenType: 'access_token', claims: verification.claims }
      : { active: false };
  }
  const { sessionId, generation, fork } = presented.contents;
  const session = await context.store.sessions.find(sessionId);
  if (session === null || endOf(session, context.now()) !== null) return { active: false };
  if (!equalText(session.secretHash, presented.secretHash)) return { active: false };
  if (session.generation !== generation || session.fork !== fork) return { active: false };
  return {
    active: true,
    tokenType: 'refresh_token',
    subject: session.subject,
    clientId: session.clientId,
    scope: session.scope,
    sessionId,
    createdAt: session.createdAt,
    expiresAt: Math.min(session.expiresAt, idleExpiresAt(session)),
    boundKey: session.binding.jkt ?? null,
  };
}
