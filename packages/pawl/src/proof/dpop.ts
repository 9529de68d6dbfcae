import { encodeBase64url } from '../base/base64url.js';
import type { EpochSeconds } from '../base/clock.js';
import { acceptedAlgorithm, type JwsAlgorithm } from '../jose/algorithms.js';
import { type CompactJws, isExpectedHeader, readCompactJws, readPayload } from '../jose/compact.js';
import { type JwsKey, runtimeEngine } from '../jose/engine.js';
import type { JsonObject } from '../base/json-object.js';
import { readPublicJwk, thumbprintOf } from '../jose/public-jwk.js';
import { normalizedTarget } from './target.js';

/** Signature algorithms of proofs. All are asymmetric; `none` and the HMACs prove nothing about a key that only one side has. */
export const dpopAlgorithms: readonly JwsAlgorithm[] = ['ES256', 'EdDSA', 'Ed25519', 'RS256', 'PS256'];

/** A proof is good for this long after its `iat`: a slow network and a clock that lags fit in, and its `jti` need not be kept for longer. */
export const maxProofAgeSeconds = 60;

/** How far the `iat` may lie ahead: clocks that are set by the network agree to a few seconds. */
export const maxProofLeadSeconds = 30;

/** Room for an RSA key of 4096 bits; longer texts are refused unread. */
const maxProofLength = 4096;

/** Room for a hash in hexadecimal, several times over. */
const maxTextLength = 256;

/** One request as a proof speaks of it. */
export interface ProvenRequest {
  /** Value of the `DPoP` header. Several headers, joined by commas as HTTP libraries do, are refused as malformed. */
  readonly proof: string;
  readonly method: string;
  /** Absolute address of the request as the client knows it: behind a proxy, the public one. Query and fragment do not count. */
  readonly url: string;
  /** The access token that came with the proof; absent at endpoints that take none. */
  readonly accessToken?: string;
}

/** What a good proof shows. */
export interface Proof {
  /** RFC 7638 thumbprint of the key, 43 characters. */
  readonly keyThumbprint: string;
  /** The server's nonce in it, unchecked; null when there is none. */
  readonly nonce: string | null;
  /** Stands for this proof: 43 characters of base64url made from its key and its `jti`. */
  readonly replayKey: string;
  /** Until then the replay key has to be remembered; includes an allowance for clocks of other nodes that are behind. */
  readonly replayUntil: EpochSeconds;
}

/**
 * Why a proof is refused: `malformed` (no proof at all, two of them, an algorithm or a key that is not accepted, a claim that is missing),
 * `signature`, `target` (made for another method or address), `time` (`iat` too old or too far ahead), `token` (made for another
 * access token).
 */
export type ProofRefusal = 'malformed' | 'signature' | 'target' | 'time' | 'token';

export type ProofCheck =
  | { readonly valid: true; readonly proof: Proof }
  | { readonly valid: false; readonly reason: ProofRefusal };

/**
 * Checks one DPoP proof: form, type, algorithm, key, signature, method, address, age, and the hash of the access token.
 *
 * Does NOT notice that a proof is shown twice: the caller has to remember `replayKey`. Does NOT check the nonce, and does NOT compare the
 * key with the one that a token or a session is bound to.
 *
 * @param request - any texts; what is malformed is a result, never an error
 * @throws TypeError when `request.url` is not an absolute http or https address: the caller's mistake
 * @see [RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449.html#section-4.3)
 */
export async function checkDpopProof(request: ProvenRequest, now: EpochSeconds): Promise<ProofCheck> {
  const target = normalizedTarget(request.url);
  if (target === null) throw new TypeError('the address of the request must be absolute, http or https');
  const jws = readCompactJws(request.proof, maxProofLength);
  const signer = jws === null ? null : await signerOf(jws);
  if (jws === null || signer === null) return refused('malformed');
  if (!(await signer.key.verify(jws.input, jws.signature))) return refused('signature');
  keepSigner(jws, signer);
  const claims = claimsOf(readPayload(jws));
  if (claims === null) return refused('malformed');
  if (claims.method !== request.method || normalizedTarget(claims.address) !== target)
    return refused('target');
  const ageSeconds = now - claims.issuedAt;
  if (ageSeconds >= maxProofAgeSeconds || ageSeconds < -maxProofLeadSeconds) return refused('time');
  if (request.accessToken !== undefined && claims.tokenHash !== (await hash(request.accessToken))) {
    return refused('token');
  }
  const { keyThumbprint } = signer;
  return {
    valid: true,
    proof: {
      keyThumbprint,
      nonce: claims.nonce,
      replayKey: await hash(`${keyThumbprint}.${claims.id}`),
      replayUntil: claims.issuedAt + maxProofAgeSeconds + maxProofLeadSeconds,
    },
  };
}

function refused(reason: ProofRefusal): ProofCheck {
  return { valid: false, reason };
}

interface Signer {
  readonly key: JwsKey;
  readonly keyThumbprint: string;
}

// A client sends the same header each time, and to import its key costs as much as to check a signature. What is kept is no state: without it
// every answer is the same.
const keptSigners = new Map<string, Signer>();
const maxKeptSigners = 1000;

/** Keeps a signer whose signature was good, in the place of the one that has been here longest. */
function keepSigner({ headerSegment }: CompactJws, signer: Signer): void {
  const [oldest] = keptSigners.keys();
  if (keptSigners.size >= maxKeptSigners && oldest !== undefined) keptSigners.delete(oldest);
  keptSigners.set(headerSegment, signer);
}

/** The key that the header carries; null when the header is not that of a proof, or the key not one to accept. */
async function signerOf({ header, headerSegment }: CompactJws): Promise<Signer | null> {
  const kept = keptSigners.get(headerSegment);
  if (kept !== undefined) return kept;
  const algorithm = acceptedAlgorithm(header['alg'], dpopAlgorithms);
  if (algorithm === null || !isExpectedHeader(header, 'dpop+jwt')) return null;
  const members = readPublicJwk(header['jwk'], algorithm);
  const key = members === null ? null : await runtimeEngine().importKey(members, algorithm);
  return members === null || key === null ? null : { key, keyThumbprint: await thumbprintOf(members) };
}

interface ProofClaims {
  readonly id: string;
  readonly method: string;
  readonly address: string;
  readonly issuedAt: EpochSeconds;
  readonly nonce: string | null;
  readonly tokenHash: string | null;
}

function claimsOf(payload: JsonObject | null): ProofClaims | null {
  if (payload === null) return null;
  const { jti, htm, htu, iat, nonce = null, ath = null } = payload;
  if (!isShortText(jti) || typeof htm !== 'string' || typeof htu !== 'string' || !Number.isFinite(iat))
    return null;
  if ((nonce !== null && !isShortText(nonce)) || (ath !== null && !isShortText(ath))) return null;
  return { id: jti, method: htm, address: htu, issuedAt: iat as number, nonce, tokenHash: ath };
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxTextLength;
}

const encoder = new TextEncoder();

/** SHA-256, base64url. */
async function hash(text: string): Promise<string> {
  return encodeBase64url(await runtimeEngine().sha256(encoder.encode(text)));
}
