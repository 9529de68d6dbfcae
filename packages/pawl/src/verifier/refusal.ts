import { type ErrorCode, errors } from '../errors.js';
import type { TokenScheme } from './credentials.js';

/**
 * Why a request was refused; for logs. Callers learn the error code, not the reason.
 *
 * `unknown-key`: no key of the issuer has that `kid`. `stale`: the revocation feed is older than `maxStalenessSeconds`. `no-keys`:
 * the issuer's keys could not be loaded.
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
  | 'insufficient-scope'
  | 'stale'
  | 'no-keys';

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

/** The row of the catalogue that answers each reason. */
const codes: Readonly<Record<RefusalReason, ErrorCode>> = {
  'no-token': 'invalid_token',
  'several-tokens': 'invalid_request',
  malformed: 'invalid_token',
  'unknown-key': 'invalid_token',
  signature: 'invalid_token',
  issuer: 'invalid_token',
  audience: 'invalid_token',
  expired: 'invalid_token',
  'not-yet-valid': 'invalid_token',
  revoked: 'invalid_token',
  'key-binding': 'invalid_token',
  'insufficient-scope': 'insufficient_scope',
  stale: 'verification_unavailable',
  'no-keys': 'verification_unavailable',
};

/** What an answer says besides its reason. */
export interface RefusalDetails {
  /** The scheme that the token came with. Default `bearer`. */
  readonly scheme?: TokenScheme;
  /** The scope that the request needs, for `insufficient-scope`. */
  readonly scope?: string;
  /** For a reason that passes. Default 1. */
  readonly retryAfterSeconds?: number;
}

/**
 * The answer for a reason.
 *
 * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750.html#section-3)
 */
export function refuse(reason: RefusalReason, details: RefusalDetails = {}): Refusal {
  const { status, oauthError, publicText, retry } = errors[codes[reason]];
  const headers: [string, string][] = [
    ['content-type', 'application/json'],
    ['cache-control', 'no-store'],
  ];
  if (retry) headers.push(['retry-after', String(Math.ceil(details.retryAfterSeconds ?? 1))]);
  // RFC 6750 §3: a caller that sent no token is not told of an error.
  else
    headers.push(['www-authenticate', challenge(reason === 'no-token' ? null : oauthError, details.scope)]);
  const description = reason === 'no-token' ? 'An access token is required.' : publicText;
  const body = JSON.stringify({ error: oauthError, error_description: description });
  return { ok: false, reason, status, headers, body };
}

function challenge(error: string | null, scope: string | undefined): string {
  const parameters = ['realm="pawl"'];
  if (error !== null) parameters.push(`error="${error}"`);
  if (scope !== undefined) parameters.push(`scope="${scope}"`);
  return `Bearer ${parameters.join(', ')}`;
}
