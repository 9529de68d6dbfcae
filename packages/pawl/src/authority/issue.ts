import type { Secret } from '../base/secret.js';
import { PawlError } from '../errors.js';
import { idleExpiresAt, type Session } from '../rotation/index.js';
import {
  type AccessClaims,
  drawAccessLifetimeSeconds,
  encodeRefreshToken,
  reservedClaims,
  signAccessToken,
} from '../tokens/index.js';
import type { ClaimsAnswer, ClaimsRequest, JsonValue, Tokens } from './authority.js';
import type { Context } from './context.js';

export type CustomClaims = Readonly<Record<string, JsonValue>>;

const noClaims: ClaimsAnswer = { claims: {} };

/**
 * Asks the claims hook.
 *
 * @throws PawlError `claims_unavailable` when the hook fails, `option_invalid` when it answers with a reserved claim
 */
export async function askClaims(context: Context, request: ClaimsRequest): Promise<ClaimsAnswer> {
  if (context.claims === null) return noClaims;
  const answer = await callHook(context.claims, request);
  const reserved =
    'claims' in answer ? Object.keys(answer.claims).filter((name) => reservedClaims.has(name)) : [];
  if (reserved.length > 0) {
    throw new PawlError(
      'option_invalid',
      `the claims hook set ${reserved.join(', ')}, which only the authority sets`,
    );
  }
  return answer;
}

async function callHook(hook: NonNullable<Context['claims']>, request: ClaimsRequest): Promise<ClaimsAnswer> {
  try {
    return await hook(request);
  } catch (cause) {
    throw new PawlError('claims_unavailable', 'the claims hook failed', { cause });
  }
}

/** Makes the tokens of a session as its record stands. Every node makes the same refresh token from the same record. */
export function issueTokens(
  context: Context,
  session: Session,
  secret: Secret<Buffer>,
  custom: CustomClaims,
  scope: string = session.scope,
): Tokens {
  const { options, ring } = context;
  const now = context.now();
  const sessionEndsAt = Math.min(session.expiresAt, idleExpiresAt(session));
  const lifetimeSeconds = drawAccessLifetimeSeconds(options.accessSeconds, options.random);
  const iat = Math.floor(now);
  // An access token does not outlive the absolute end of its session.
  const exp = Math.min(iat + lifetimeSeconds, Math.ceil(session.expiresAt));
  const claims: AccessClaims = {
    ...custom,
    iss: options.issuer,
    sub: session.subject,
    aud: options.audience,
    client_id: session.clientId,
    exp,
    iat,
    jti: options.random.bytes(16).toString('base64url'),
    sid: session.id,
    auth_time: Math.floor(session.createdAt),
    ...(scope === '' ? {} : { scope }),
    ...(session.acr === null ? {} : { acr: session.acr }),
    ...(session.amr.length === 0 ? {} : { amr: session.amr }),
    ...(session.boundKey === null ? {} : { cnf: { jkt: session.boundKey } }),
  };
  const { id: sessionId, generation, fork, subject } = session;
  return {
    accessToken: signAccessToken(claims, ring.accessKey()),
    expiresInSeconds: exp - iat,
    refreshToken: encodeRefreshToken(
      options.refreshFormat,
      { sessionId, generation, fork, secret },
      ring.refreshKey(),
    ),
    refreshExpiresInSeconds: Math.max(0, Math.floor(sessionEndsAt - now)),
    scope,
    sessionId,
    subject,
  };
}
