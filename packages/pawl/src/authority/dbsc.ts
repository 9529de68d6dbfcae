import type { Context } from './context.js';
import { issueChallenge } from './dbsc-challenge.js';
import { type DbscRefresh, type DbscRefreshRequest, refreshByBrowser } from './dbsc-refresh.js';
import { type DbscRegistration, type DbscRegistrationRequest, registerBrowser } from './dbsc-register.js';
import { presentDbscIdentifier } from './present.js';
import { findSession, type FoundSession } from './sessions.js';
import { verify } from './verify.js';

/** What an access token says of its session while it is good. */
export interface CurrentAccess {
  readonly sessionId: string;
  readonly subject: string;
  readonly scope: string;
  readonly expiresInSeconds: number;
}

/** Device bound sessions (DBSC): a key that the browser keeps takes the place of the refresh token. For `mode: 'tokens'`. */
export interface DeviceBoundSessions {
  /** The challenge that a browser has to answer within minutes of the login to register a key. */
  registrationChallenge(sessionId: string): string;
  /** Checks a key; the session is bound by the first `refresh`. Does NOT check the request's origin. */
  register(request: DbscRegistrationRequest): Promise<DbscRegistration>;
  /** Refreshes by proof, and binds the session when it is not bound yet. */
  refresh(request: DbscRefreshRequest): Promise<DbscRefresh>;
  /** What an access token says while it is good: all that a browser has whose refresh token was taken away. Null when it is not. */
  current(accessToken: string): Promise<CurrentAccess | null>;
  /** The session of an identifier; null when it is none of ours. Does NOT prove that the sender has the key. */
  find(sessionIdentifier: string): Promise<FoundSession | null>;
}

/** The use cases of device bound sessions. */
export function createDeviceBoundSessions(context: Context): DeviceBoundSessions {
  return {
    registrationChallenge: (sessionId) => issueChallenge(context, 'registration', sessionId, context.now()),
    register: (request) => registerBrowser(context, request),
    refresh: (request) => refreshByBrowser(context, request),
    current: (accessToken) => currentAccess(context, accessToken),
    find: (sessionIdentifier) => findByIdentifier(context, sessionIdentifier),
  };
}

/**
 * The session that an identifier was made for; null when it is none of ours.
 *
 * Does NOT prove that the sender has the key.
 *
 * @throws PawlError `store_unavailable`
 */
async function findByIdentifier(context: Context, sessionIdentifier: string): Promise<FoundSession | null> {
  const presented = await presentDbscIdentifier(context, sessionIdentifier);
  return presented === null ? null : findSession(context, presented.contents.sessionId);
}

/**
 * What an access token says while it is good; null when it is not.
 *
 * @throws PawlError `store_unavailable`
 */
async function currentAccess(context: Context, accessToken: string): Promise<CurrentAccess | null> {
  const verification = await verify(context, accessToken);
  if (!verification.valid) return null;
  const { sid: sessionId, sub: subject, scope = '', exp } = verification.claims;
  return { sessionId, subject, scope, expiresInSeconds: Math.max(0, Math.floor(exp - context.machineNow())) };
}
