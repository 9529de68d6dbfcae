import type { Secret } from '../base/secret.js';
import type { Binding } from '../rotation/binding.js';
import { idleExpiresAt, type Session } from '../rotation/session.js';
import { signAccessToken } from '../access/access-token.js';
import type { AccessClaims } from '../access/claims.js';
import { drawAccessLifetimeSeconds } from '../access/lifetime.js';
import { encodeRefreshToken } from '../sealed/refresh-token.js';
import { encodeSessionToken } from '../sealed/session-token.js';
import type { Context } from './context.js';
import type { CustomClaims } from './custom-claims.js';
import type { Mode } from './options.js';
import { confirmationOf, tokenTypeOf } from './token-binding.js';

/** What a granted login or refresh hands out. */
export interface Tokens {
  readonly accessToken: string;
  /** `DPoP` when the access token, or by cookie the session, belongs to a key. */
  readonly tokenType: 'Bearer' | 'DPoP';
  /** Lifetime of the access token, whole seconds from now. */
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  /** With `refreshFork`, the place of the refresh token in its session: a client that stores tokens keeps the later one. */
  readonly refreshGeneration: number;
  /** Orders refresh tokens of one generation; higher is later. */
  readonly refreshFork: number;
  /** Seconds until the session ends unless it is refreshed before. */
  readonly refreshExpiresInSeconds: number;
  readonly scope: string;
  readonly sessionId: string;
  readonly subject: string;
}

/** What is handed out where a browser's key has taken the place of the refresh token. */
export type AccessTokens = Pick<
  Tokens,
  'accessToken' | 'expiresInSeconds' | 'refreshExpiresInSeconds' | 'scope' | 'sessionId' | 'subject'
>;

/** What a granted login hands out with `mode: 'session'`. */
export interface SessionTokens {
  /** Stays the same for the whole life of the session. */
  readonly sessionToken: string;
  /** Seconds until the session ends whatever happens. It ends before when it is not used for `idleSeconds`. */
  readonly expiresInSeconds: number;
  readonly scope: string;
  readonly sessionId: string;
  readonly subject: string;
}

/** What a granted login hands out in a mode. */
export type HandedOut<M extends Mode> = { tokens: Tokens; session: SessionTokens }[M];

/** Where tokens differ from what the session's record says. */
export interface IssueDetails {
  readonly scope?: string;
  /** What the tokens belong to. */
  readonly binding?: Binding;
  /** Lifetime of the access token; at most the option of that name, which is the default. */
  readonly accessSeconds?: number;
}

/** Makes the tokens of a session as its record stands. Every node makes the same refresh token from the same record. */
export function issueTokens(
  context: Context,
  session: Session,
  secret: Secret<Buffer>,
  custom: CustomClaims,
  details: IssueDetails = {},
): Tokens {
  const { options, ring } = context;
  const { id: sessionId, generation, fork, subject } = session;
  const contents = { sessionId, generation, fork, secret };
  const { scope = session.scope, binding = session.binding } = details;
  const access = signAccess(context, session, custom, details);
  return {
    accessToken: access.token,
    tokenType: tokenTypeOf(binding),
    expiresInSeconds: access.expiresInSeconds,
    refreshToken: encodeRefreshToken(options.refreshFormat, contents, ring.refreshKey()),
    refreshGeneration: generation,
    refreshFork: fork,
    refreshExpiresInSeconds: secondsLeft(context, session),
    scope,
    sessionId,
    subject,
  };
}

/** Makes the access token of a session as its record stands, where a browser's key has taken the place of the refresh token. */
export function issueAccess(context: Context, session: Session, custom: CustomClaims): AccessTokens {
  const { scope, id: sessionId, subject } = session;
  const { token, expiresInSeconds } = signAccess(context, session, custom, {});
  const refreshExpiresInSeconds = secondsLeft(context, session);
  return { accessToken: token, expiresInSeconds, refreshExpiresInSeconds, scope, sessionId, subject };
}

function signAccess(
  context: Context,
  session: Session,
  custom: CustomClaims,
  details: IssueDetails,
): { readonly token: string; readonly expiresInSeconds: number } {
  const { scope = session.scope, binding = session.binding } = details;
  const { accessSeconds = context.options.accessSeconds } = details;
  const claims = claimsOf(context, session, scope, accessSeconds);
  addConfirmation(claims, binding);
  for (const [name, value] of Object.entries(custom)) claims[name] = value;
  const expiresInSeconds = claims.exp - claims.iat;
  return { token: signAccessToken(claims, context.ring.accessKey()), expiresInSeconds };
}

/** Until the session ends, unless it is refreshed before. */
function secondsLeft(context: Context, session: Session): number {
  return Math.max(0, Math.floor(Math.min(session.expiresAt, idleExpiresAt(session)) - context.now()));
}

/** Makes the token of a session. Every node makes the same one under the same key. */
export function issueSessionToken(context: Context, session: Session, secret: Secret<Buffer>): SessionTokens {
  const { id: sessionId, scope, subject } = session;
  return {
    sessionToken: encodeSessionToken({ sessionId, secret }, context.ring.refreshKey()),
    expiresInSeconds: Math.max(0, Math.floor(session.expiresAt - context.now())),
    scope,
    sessionId,
    subject,
  };
}

/** What a session that was looked up says: the claims that its access token would have. They expire with the session. */
export function sessionClaims(context: Context, session: Session, custom: CustomClaims): AccessClaims {
  const claims: ClaimsDraft = {
    iss: context.options.issuer,
    sub: session.subject,
    aud: context.options.audience,
    client_id: session.clientId,
    exp: Math.floor(Math.min(session.expiresAt, idleExpiresAt(session))),
    iat: Math.floor(session.createdAt),
    // A session has one session token, so its id names the token too.
    jti: session.id,
    sid: session.id,
    auth_time: Math.floor(session.authTime),
    epoch: session.epoch,
  };
  addOptional(claims, session, session.scope);
  addConfirmation(claims, session.binding);
  return Object.assign(claims, custom);
}

type ClaimsDraft = { -readonly [Name in keyof AccessClaims]: AccessClaims[Name] };

/** Built member by member: an object literal that begins with a spread costs some 10 µs on Node 20. */
function claimsOf(context: Context, session: Session, scope: string, accessSeconds: number): ClaimsDraft {
  const { options } = context;
  const iat = Math.floor(context.machineNow());
  const endsAt = Math.min(session.expiresAt, idleExpiresAt(session));
  const lifetimeSeconds = drawAccessLifetimeSeconds(accessSeconds, options.random);
  const claims: ClaimsDraft = {
    iss: options.issuer,
    sub: session.subject,
    aud: options.audience,
    client_id: session.clientId,
    // An access token does not outlive its session, so nobody has to end what has expired.
    exp: Math.min(iat + lifetimeSeconds, Math.floor(endsAt - context.clock.differenceSeconds)),
    iat,
    jti: options.random.bytes(16).toString('base64url'),
    sid: session.id,
    epoch: session.epoch,
    auth_time: Math.floor(session.authTime),
  };
  addOptional(claims, session, scope);
  return claims;
}

function addOptional(claims: ClaimsDraft, session: Session, scope: string): void {
  if (scope !== '') claims.scope = scope;
  if (session.acr !== null) claims.acr = session.acr;
  if (session.amr.length > 0) claims.amr = session.amr;
}

function addConfirmation(claims: ClaimsDraft, binding: Binding): void {
  const jkt = confirmationOf(binding);
  if (jkt !== null) claims.cnf = { jkt };
}
