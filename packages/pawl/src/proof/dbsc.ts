import { acceptedAlgorithm, type JwsAlgorithm } from '../jose/algorithms.js';
import { type CompactJws, isExpectedHeader, readCompactJws, readPayload } from '../jose/compact.js';
import { importPublicJwk, readPublicJwk, thumbprintOf } from '../jose/public-jwk.js';
import type { PublicJwkMembers } from '../jose/jwk-members.js';

/** Signature algorithms that browsers offer for the keys of device bound sessions. */
export const dbscAlgorithms: readonly JwsAlgorithm[] = ['ES256', 'RS256'];

/** Room for an RSA key of 8192 bits and its signature; longer texts are refused unread. */
const maxProofLength = 8192;

/** Room for every challenge of ours, several times over. */
const maxChallengeLength = 512;

/** A browser's key. */
export interface BrowserKey {
  /** The members that make the public key, and no other. */
  readonly jwk: PublicJwkMembers;
  /** RFC 7638 thumbprint, 43 characters. */
  readonly thumbprint: string;
}

/** `malformed`: not a proof at all. `signature`: one by another key. */
export type DbscProofCheck =
  | { readonly valid: true; readonly challenge: string; readonly key: BrowserKey }
  | { readonly valid: false; readonly reason: 'malformed' | 'signature' };

/**
 * Checks the proof of a browser that registers a key: form, type, algorithm, and a signature by the key that it carries.
 *
 * Does NOT check the challenge, which says for what and when the proof was made. Other claims are ignored.
 *
 * @param proof - value of the `Secure-Session-Response` header, any text
 * @see [Device Bound Session Credentials](https://w3c.github.io/webappsec-dbsc/)
 */
export async function checkRegistrationProof(proof: string): Promise<DbscProofCheck> {
  const jws = readCompactJws(proof, maxProofLength);
  return jws === null ? malformed : check(jws, jws.header['jwk']);
}

/**
 * Checks the proof of a browser that refreshes a session: form, type, algorithm, and a signature by the key that it registered.
 *
 * Does NOT check the challenge, which says for what and when the proof was made. Other claims, and a key in the header, are ignored.
 *
 * @param proof - value of the `Secure-Session-Response` header, any text
 * @param jwk - the registered public key
 * @see [Device Bound Session Credentials](https://w3c.github.io/webappsec-dbsc/)
 */
export async function checkRefreshProof(proof: string, jwk: unknown): Promise<DbscProofCheck> {
  const jws = readCompactJws(proof, maxProofLength);
  return jws === null ? malformed : check(jws, jwk);
}

const malformed: DbscProofCheck = { valid: false, reason: 'malformed' };

async function check(jws: CompactJws, jwk: unknown): Promise<DbscProofCheck> {
  const algorithm = acceptedAlgorithm(jws.header['alg'], dbscAlgorithms);
  if (algorithm === null || !isExpectedHeader(jws.header, 'dbsc+jwt')) return malformed;
  const members = readPublicJwk(jwk, algorithm);
  const key = members === null ? null : await importPublicJwk(members, algorithm);
  const challenge = challengeOf(jws);
  if (members === null || key === null || challenge === null) return malformed;
  if (!(await key.verify(jws.input, jws.signature))) return { valid: false, reason: 'signature' };
  return { valid: true, challenge, key: { jwk: members, thumbprint: await thumbprintOf(members) } };
}

function challengeOf(jws: CompactJws): string | null {
  const challenge = readPayload(jws)?.['jti'];
  return typeof challenge === 'string' && challenge.length <= maxChallengeLength ? challenge : null;
}
