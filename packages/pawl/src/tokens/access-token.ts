import type { EpochSeconds } from '../base/clock.js';
import type { JsonObject } from '../base/json-object.js';
import { type Random, randomFraction } from '../base/random.js';
import { readCompactJws, readPayload } from '../jose/compact.js';
import type { AccessKey } from '../keys/index.js';
import { headersOf, writeSegment } from './jws-segments.js';

/** Claims of an access token (RFC 9068 §2.2), and whatever the claims hook added. */
export interface AccessClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly client_id: string;
  readonly exp: EpochSeconds;
  readonly iat: EpochSeconds;
  readonly jti: string;
  /** Id of the session. */
  readonly sid: string;
  /** The subject's epoch at login. Once it has moved on, the revocation feed makes the token void. Missing in tokens of early versions. */
  readonly epoch?: number;
  readonly auth_time: EpochSeconds;
  readonly scope?: string;
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** RFC 7800, RFC 9449 §6.1: the key that the session is bound to. */
  readonly cnf?: { readonly jkt: string };
  readonly [name: string]: unknown;
}

/** The claims that a claims hook may not set: because the authority does, because introspection does, or because JavaScript takes them for something else. */
export const reservedClaims: ReadonlySet<string> = new Set([
  ...'iss sub aud client_id exp nbf iat jti sid epoch scope auth_time acr amr cnf'.split(' '),
  ...['active', 'token_type', 'username'],
  '__proto__',
]);

const type = 'at+jwt';

/** Longer tokens are refused unread. */
export const maxAccessTokenLength = 16_384;

/** The largest share of an access token's lifetime that is taken off at random, so that clients do not refresh in step. */
const accessLifetimeSpread = 0.05;

/** Whole seconds that one access token shall live: `accessSeconds` less a random 0 to 5 %. */
export function drawAccessLifetimeSeconds(accessSeconds: number, random: Random): number {
  return Math.max(1, Math.floor(accessSeconds * (1 - accessLifetimeSpread * randomFraction(random))));
}

/** The shortest lifetime that is drawn. */
export function leastAccessLifetimeSeconds(accessSeconds: number): number {
  return Math.max(1, Math.floor(accessSeconds * (1 - accessLifetimeSpread)));
}

const headerOf = headersOf<AccessKey>(({ algorithm, id }) => ({ alg: algorithm, typ: type, kid: id }));

/** Signs an access token. Does NOT check the claims. */
export function signAccessToken(claims: AccessClaims, key: AccessKey): string {
  const input = `${headerOf(key)}.${writeSegment(claims)}`;
  return `${input}.${key.sign(input).toString('base64url')}`;
}

/** `unknown-key`: well formed, but signed by a key that is not accepted here. */
export type ReadAccess =
  | { readonly kind: 'claims'; readonly claims: AccessClaims }
  | { readonly kind: 'malformed' | 'signature' | 'unknown-key' };

/**
 * Reads an access token and checks its signature, algorithm and type.
 *
 * Does NOT check issuer, audience, expiry or revocation. The algorithm is the key's: what the header names is only compared.
 *
 * @param token - any text; malformed ones are a result, never an error
 */
export function readAccessToken(token: string, findKey: (kid: string) => AccessKey | null): ReadAccess {
  const jws = readCompactJws(token, maxAccessTokenLength);
  const kid = jws?.header['kid'];
  if (jws === null || typeof kid !== 'string') return { kind: 'malformed' };
  const key = findKey(kid);
  if (key === null) return { kind: 'unknown-key' };
  // The only header that is signed with a key is the one written by `headerOf`: anything else in it is not ours.
  if (jws.headerSegment !== headerOf(key)) return { kind: 'malformed' };
  if (!key.verify(jws.input, jws.signature)) return { kind: 'signature' };
  const claims = readPayload(jws);
  return claims !== null && isAccessClaims(claims) ? { kind: 'claims', claims } : { kind: 'malformed' };
}

function isAccessClaims(claims: JsonObject): claims is AccessClaims {
  const { iss, sub, aud, client_id, exp, iat, jti, sid, epoch, auth_time } = claims;
  return (
    [iss, sub, client_id, jti, sid].every((claim) => typeof claim === 'string') &&
    [exp, iat, auth_time].every((claim) => typeof claim === 'number') &&
    (epoch === undefined || typeof epoch === 'number') &&
    (typeof aud === 'string' || Array.isArray(aud))
  );
}
