import type { CurrentAccess, DeviceBoundSessions, FoundSession } from './authority.js';
import type { Context } from './context.js';
import { issueChallenge } from './dbsc-challenge.js';
import { refreshByBrowser } from './dbsc-refresh.js';
import { registerBrowser } from './dbsc-register.js';
import { presentDbscIdentifier } from './present.js';
import { findSession } from './sessions.js';
import { verify } from './verify.js';

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
