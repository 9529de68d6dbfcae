import type { Secret } from '../base/secret.js';
import { PawlError } from '../errors.js';
import { isSameBinding } from '../rotation/binding.js';
import { endOf, type Session } from '../rotation/session.js';
import { equalText } from '../base/bytes.js';
import { firstPartyClientId } from './client-id.js';
import type { Context } from './context.js';
import { askClaims, type CustomClaims } from './custom-claims.js';
import { type AccessTokens, issueAccess, issueTokens, type Tokens } from './issue.js';
import { lifetimesOf } from './lifetimes.js';
import { checkLogin, type LoginRequest } from './login.js';
import { networkOf } from './network.js';
import {
  type AuthenticToken,
  presentDbscIdentifier,
  presentRefreshToken,
  presentSessionToken,
} from './present.js';
import { endSession, endSubject } from './revoke.js';
import { bindingShown } from './token-binding.js';
import type { SessionTokenContents } from '../sealed/session-token.js';
import { verify } from './verify.js';

/** A login in a browser that may have a session. */
export interface ReauthenticationRequest extends LoginRequest {
  /** What the browser holds: a refresh token, a session token, the identifier of a device bound session, or a good access token. Any text. */
  readonly held: string;
  /** As of a refresh. */
  readonly agent?: string;
}

export type ReauthenticationResult =
  | {
      readonly granted: true;
      /** Without a refresh token where a browser's key has taken its place. */
      readonly tokens: Tokens | AccessTokens;
    }
  | {
      readonly granted: false;
      /** `none`: the browser has no live session. `replaced`: it had one that cannot be logged in to, and it has ended. Both leave the login to `login`. */
      readonly outcome: 'none' | 'replaced' | 'gone' | 'disabled' | 'revoked';
    };

// As of `advance`: more swaps than these are not lost by chance.
const maxSwaps = 16;

/** The session that a browser has, and its secret where what it holds says it. */
interface Held {
  readonly session: Session;
  readonly secret: Secret<Buffer> | null;
}

/**
 * Logs a subject in again into the session that its browser has: the session keeps its id, its device and the sessions under it, and tokens from
 * before are superseded. A session that cannot be logged in to, such as that of another subject, ends, because the new login takes its place in the
 * browser.
 *
 * Does NOT check credentials, and does NOT start a session.
 *
 * @throws PawlError `invalid_request` naming a member that breaks its rule, `store_unavailable` (repeating is safe), `claims_unavailable`
 */
export async function reauthenticate(
  context: Context,
  request: ReauthenticationRequest,
): Promise<ReauthenticationResult> {
  checkLogin(request);
  const held = await findHeld(context, request.held);
  if (held === null) return { granted: false, outcome: 'none' };
  const { session, secret } = held;
  if (!isSuited(context, held, request)) {
    await endSession(context, session.id, { secretHash: session.secretHash, cause: 'replaced' });
    return { granted: false, outcome: 'replaced' };
  }
  if (request.epoch !== undefined && session.subjectEpoch !== request.epoch) {
    return { granted: false, outcome: 'revoked' };
  }
  const { id: sessionId, subject, clientId, scope } = session;
  const answer = await askClaims(context.claims, { reason: 'login', subject, sessionId, clientId, scope });
  if ('refused' in answer) {
    await endSubject(context, subject, { cause: answer.refused, sessionId: null });
    return { granted: false, outcome: answer.refused };
  }
  const after = await write(context, session, request);
  if (after === null) return { granted: false, outcome: 'none' };
  const { amr } = after;
  const address = request.address ?? null;
  context.events.emit({
    type: 'session.reauthenticated',
    at: after.authTime,
    subject,
    sessionId,
    amr,
    address,
  });
  return { granted: true, tokens: tokensOf(context, after, secret, answer.claims) };
}

/** The session of whatever a browser holds: a refresh token, a session token, the identifier of a bound session, or a good access token. */
async function findHeld(context: Context, token: string): Promise<Held | null> {
  const presented: AuthenticToken<SessionTokenContents> | null =
    (await presentRefreshToken(context, token)) ??
    (await presentSessionToken(context, token)) ??
    (await presentDbscIdentifier(context, token));
  const sessionId = presented?.contents.sessionId ?? (await sessionOfAccess(context, token));
  const session = sessionId === null ? null : await context.store.sessions.find(sessionId);
  if (session === null || endOf(session, context.now()) !== null) return null;
  if (presented === null) return { session, secret: null };
  return equalText(session.secretHash, presented.secretHash)
    ? { session, secret: presented.contents.secret }
    : null;
}

async function sessionOfAccess(context: Context, token: string): Promise<string | null> {
  if (context.options.mode === 'session') return null;
  const verification = await verify(context, token);
  return verification.valid ? verification.claims.sid : null;
}

/** Whether the login may go on in the session that is there, so that it is what a new one would be. */
function isSuited(context: Context, { session, secret }: Held, request: ReauthenticationRequest): boolean {
  const { subject, clientId = firstPartyClientId, scope = '', boundKey, transport } = request;
  const { idleSeconds, absoluteSeconds } = lifetimesOf(context.options, request);
  const { binding } = session;
  const isOfBrowser = binding.kind === 'browser' && boundKey === undefined;
  return (
    // A session token never changes: a copy from before the login would be as good as the owner's.
    context.options.mode === 'tokens' &&
    session.subject === subject &&
    session.clientId === clientId &&
    session.scope === scope &&
    session.idleSeconds === idleSeconds &&
    // Nobody is logged out much sooner because of having logged in again.
    session.expiresAt - context.now() >= Math.min(idleSeconds, absoluteSeconds / 2) &&
    (isOfBrowser || (secret !== null && isSameBinding(binding, bindingShown(boundKey, transport))))
  );
}

async function write(
  context: Context,
  read: Session,
  request: ReauthenticationRequest,
): Promise<Session | null> {
  const { acr = null, amr = [] } = request;
  const network = networkOf(context, request);
  let session: Session | null = read;
  for (let swaps = 0; swaps < maxSwaps; swaps++) {
    const now = context.now();
    if (session === null || endOf(session, now) !== null) return null;
    const by = { authTime: now, acr, amr };
    const result = await context.store.sessions.reauthenticate(session, by, network, now);
    if (result.rotated) return result.session;
    ({ session } = result);
  }
  throw new PawlError('store_unavailable', 'the session changed while its owner logged in again');
}

/** A browser's key has taken the place of the refresh token, so there is none to hand out. */
function tokensOf(
  context: Context,
  session: Session,
  secret: Secret<Buffer> | null,
  claims: CustomClaims,
): Tokens | AccessTokens {
  return secret === null || session.binding.kind === 'browser'
    ? issueAccess(context, session, claims)
    : issueTokens(context, session, secret, claims);
}
