import { type ErrorEntry, errors } from '../errors.js';
import { dpopAlgorithms } from '../proof/index.js';
import type { TokenScheme } from './credentials.js';

/**
 * Why a request was refused; for logs. Callers learn the error code, not the reason.
 *
 * `unknown-key`: no key of the issuer has that `kid`. `stale`: the revocation feed is older than `maxStalenessSeconds`. `no-keys`:
 * the issuer's keys could not be loaded. `key-binding`: a bound token without the scheme DPoP, or an unbound one with it. `proof`: none, or
 * one that is not good for this request. `replayed`: a proof that was shown before. `nonce`: a proof without a nonce of this server.
 */
export type RefusalReason =
  | 'no-token'
  | 'several-tokens'
  | 'malformed'
  | 'unknown-key'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not-yet-valid'
  | 'revoked'
  | 'key-binding'
  | 'proof'
  | 'nonce'
  | 'replayed'
  | 'insufficient-scope'
  | 'stale'
  | 'no-keys'
  | 'replays-unavailable';

/** A refused request, and the answer to send: the result is complete, nothing has to be added. */
export interface Refusal {
  readonly ok: false;
  readonly reason: RefusalReason;
  readonly status: number;
  /** In order; a name may occur more than once. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** JSON: `error` and `error_description`. */
  readonly body: string;
}

/** RFC 9449 §7.1: at a resource server a bad proof is 401. */
const invalidProof: ErrorEntry = {
  status: 401,
  oauthError: 'invalid_dpop_proof',
  publicText: 'The DPoP proof is missing, or not good for this request.',
  retry: false,
};

/** RFC 9449 §9. */
const nonceRequired: ErrorEntry = {
  status: 401,
  oauthError: 'use_dpop_nonce',
  publicText: 'The DPoP proof must carry the nonce in DPoP-Nonce.',
  retry: false,
};

/** What answers each reason. */
const entries: Readonly<Record<RefusalReason, ErrorEntry>> = {
  'no-token': errors.invalid_token,
  'several-tokens': errors.invalid_request,
  malformed: errors.invalid_token,
  'unknown-key': errors.invalid_token,
  signature: errors.invalid_token,
  issuer: errors.invalid_token,
  audience: errors.invalid_token,
  expired: errors.invalid_token,
  'not-yet-valid': errors.invalid_token,
  revoked: errors.invalid_token,
  'key-binding': errors.invalid_token,
  proof: invalidProof,
  replayed: invalidProof,
  nonce: nonceRequired,
  'insufficient-scope': errors.insufficient_scope,
  stale: errors.verification_unavailable,
  'no-keys': errors.verification_unavailable,
  'replays-unavailable': errors.verification_unavailable,
};

/** What an answer says besides its reason. */
export interface RefusalDetails {
  /** The scheme that the token came with. Default `bearer`. */
  readonly scheme?: TokenScheme;
  /** Whether tokens of the scheme Bearer are accepted at all. Default true. */
  readonly acceptsBearer?: boolean;
  /** The scope that the request needs, for `insufficient-scope`. */
  readonly scope?: string;
  /** For a reason that passes. Default 1. */
  readonly retryAfterSeconds?: number;
  /** For the next proof. */
  readonly nonce?: string | null;
}

/**
 * The answer for a reason.
 *
 * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750.html#section-3), [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449.html#section-7.1)
 */
export function refuse(reason: RefusalReason, details: RefusalDetails = {}): Refusal {
  const { status, oauthError, publicText, retry } = entries[reason];
  const headers: [string, string][] = [
    ['content-type', 'application/json'],
    ['cache-control', 'no-store'],
  ];
  if (retry) headers.push(['retry-after', String(Math.ceil(details.retryAfterSeconds ?? 1))]);
  // RFC 6750 §3: a caller that sent no token is not told of an error.
  else headers.push(['www-authenticate', challenge(reason === 'no-token' ? null : oauthError, details)]);
  if (details.nonce) headers.push(['dpop-nonce', details.nonce]);
  const description = reason === 'no-token' ? 'An access token is required.' : publicText;
  const body = JSON.stringify({ error: oauthError, error_description: description });
  return { ok: false, reason, status, headers, body };
}

const realm = 'realm="pawl"';
const dpopParameters = [realm, `algs="${dpopAlgorithms.join(' ')}"`];

/**
 * The scheme that was used says what is wrong; the other one follows as a way that is open. In one header, because some frameworks keep only
 * the last one of a name.
 */
function challenge(error: string | null, details: RefusalDetails): string {
  const { scheme = 'bearer', acceptsBearer = true, scope } = details;
  const wrong = error === null ? [] : [`error="${error}"`];
  if (scope !== undefined) wrong.push(`scope="${scope}"`);
  if (scheme === 'dpop') return `DPoP ${[...dpopParameters, ...wrong].join(', ')}`;
  const dpop = `DPoP ${dpopParameters.join(', ')}`;
  const bearer = `Bearer ${[realm, ...wrong].join(', ')}`;
  if (scope !== undefined) return bearer;
  return acceptsBearer || error !== null ? `${bearer}, ${dpop}` : dpop;
}
