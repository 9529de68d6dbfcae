import { readCompactJws, readPayload } from '../jose/compact.js';
import { headersOf, writeSegment } from '../jose/written-segment.js';
import type { SigningKey } from '../keys/index.js';
import { type AccessClaims, isAccessClaims } from './claims.js';

const type = 'at+jwt';

/** Longer tokens are refused unread. */
export const maxAccessTokenLength = 16_384;

const headerOf = headersOf<SigningKey>(({ algorithm, id }) => ({ alg: algorithm, typ: type, kid: id }));

/** Signs an access token. Does NOT check the claims. */
export function signAccessToken(claims: AccessClaims, key: SigningKey): string {
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
export function readAccessToken(token: string, findKey: (kid: string) => SigningKey | null): ReadAccess {
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
