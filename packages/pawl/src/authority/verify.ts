import type { SigningKey } from '../keys/index.js';
import { endOf, type Session } from '../rotation/session.js';
import { type ReadAccess, readAccessToken } from '../access/access-token.js';
import type { AccessClaims } from '../access/claims.js';
import { firstPartyClientId } from './client-id.js';
import type { Context } from './context.js';
import { confirmationOf } from './token-binding.js';

export type Verification =
  | { readonly valid: true; readonly claims: AccessClaims }
  | {
      readonly valid: false;
      readonly reason: 'malformed' | 'signature' | 'expired' | 'audience' | 'revoked';
    };

// A kid that nobody knows makes this node look for a new key at most this often, whoever sends it.
const unknownKeyPollSeconds = 1;

/**
 * Checks an access token: signature, type, issuer, audience, expiry, and that its session is alive in the store.
 *
 * Does NOT check scope, and does NOT check a proof of possession when the token is bound (`cnf`).
 *
 * @param accessToken - any text; malformed ones are a result, never an error
 * @throws PawlError `store_unavailable` when the session cannot be looked up
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068.html#section-4)
 */
export async function verify(context: Context, accessToken: string): Promise<Verification> {
  const read = await readWithRing(context, accessToken);
  if (read.kind === 'unknown-key') return { valid: false, reason: 'signature' };
  if (read.kind !== 'claims') return { valid: false, reason: read.kind };
  const { claims } = read;
  const { options } = context;
  if (claims.iss !== options.issuer || !sharesAudience(claims, options.audience)) {
    return { valid: false, reason: 'audience' };
  }
  if (context.machineNow() >= claims.exp) return { valid: false, reason: 'expired' };
  const session = await context.store.sessions.find(claims.sid);
  // `now` is read again: the look-up takes time, and liveness is judged at its end.
  if (session === null || endOf(session, context.now()) !== null) return { valid: false, reason: 'revoked' };
  // Nobody but the holder of a leaked access key writes another subject or another proof key into a token of this session.
  if (claims.sub !== session.subject || !mayConfirm(context, session, claims.cnf?.jkt ?? null)) {
    return { valid: false, reason: 'signature' };
  }
  return { valid: true, claims };
}

/** Whether this authority writes the key, or none, into a token of the session. */
function mayConfirm(context: Context, session: Session, jkt: string | null): boolean {
  if (jkt === confirmationOf(session.binding)) return true;
  // A token without a key for a session with one would take away what binding is for.
  if (jkt === null) return false;
  // An authenticated client may show a key of its own at each refresh.
  const mayChange =
    context.options.clientKeyChange === 'authenticated' && session.clientId !== firstPartyClientId;
  return mayChange && (session.binding.kind === 'none' || session.binding.kind === 'dpop');
}

async function readWithRing(context: Context, accessToken: string): Promise<ReadAccess> {
  const { ring } = context;
  const findKey = (kid: string): SigningKey | null => ring.findAccessKey(kid);
  const read = readAccessToken(accessToken, findKey);
  if (read.kind !== 'unknown-key' || context.now() - ring.loadedAt() < unknownKeyPollSeconds) return read;
  await ring.poll(context.now());
  return readAccessToken(accessToken, findKey);
}

function sharesAudience(claims: AccessClaims, accepted: string | readonly string[]): boolean {
  const ours = new Set(typeof accepted === 'string' ? [accepted] : accepted);
  const theirs = typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  return theirs.some((audience) => ours.has(audience));
}
