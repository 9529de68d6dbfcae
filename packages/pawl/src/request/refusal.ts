import { type ErrorEntry, errors } from '../errors.js';
import { dpopAlgorithms } from '../proof/dpop.js';
import type { TokenScheme } from './credentials.js';

/**
 * Why a request was refused; for logs. Callers learn the error code, not the reason.
 *
 * `several-tokens`: more than one credential. `unknown-key`: no key of the issuer has that `kid`. `stale`: the revocation feed is older than
 * `maxStalenessSeconds`. `no-keys`: the issuer's keys could not be loaded. `key-binding`: a bound token without the scheme DPoP, or an unbound
 * one with it. `proof`: none, or one that is not good for this request. `replayed`: a proof that was shown before. `nonce`: a proof without a
 * nonce of this server. `cross-site`: a cookie that another site may have made the browser send. `third-party`: a session of
 * somebody else's application.
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
  | 'cross-site'
  | 'third-party'
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

/** RFC 9449 §9: at a resource server the status is another one than at the token endpoint. */
const nonceRequired: ErrorEntry = { ...errors.use_dpop_nonce, status: 401 };

const noToken: ErrorEntry = { ...errors.invalid_token, publicText: 'An access token is required.' };

const severalTokens: ErrorEntry = {
  ...errors.invalid_request,
  publicText: 'The request holds more than one access token or credential.',
};

const keyBinding: ErrorEntry = {
  ...errors.invalid_token,
  publicText:
    'A token that is bound to a key comes with the scheme DPoP and a proof, one that is not with the scheme Bearer.',
};

/** What answers each reason. */
const entries: Readonly<Record<RefusalReason, ErrorEntry>> = {
  'no-token': noToken,
  'several-tokens': severalTokens,
  malformed: errors.invalid_token,
  'unknown-key': errors.invalid_token,
  signature: errors.invalid_token,
  issuer: errors.invalid_token,
  audience: errors.invalid_token,
  expired: errors.invalid_token,
  'not-yet-valid': errors.invalid_token,
  revoked: errors.invalid_token,
  'key-binding': keyBinding,
  proof: errors.token_unproven,
  replayed: errors.token_unproven,
  nonce: nonceRequired,
  'cross-site': errors.cross_site_request,
  'third-party': errors.third_party_session,
  'insufficient-scope': errors.insufficient_scope,
  stale: errors.verification_unavailable,
  'no-keys': errors.verification_unavailable,
  'replays-unavailable': errors.verification_unavailable,
};

/** What an answer says besides its reason. */
export interface RefusalDetails {
  /** The scheme that the token came with. Default `bearer`. */
  readonly scheme?: TokenScheme;
  /** Which schemes are accepted at all. Default `both`. */
  readonly accepts?: 'both' | TokenScheme;
  /** The scope that the request needs, for `insufficient-scope`. */
  readonly scope?: string;
  /** For a reason that passes. Default 1. */
  readonly retryAfterSeconds?: number;
  /** For the next proof. */
  readonly nonce?: string | null;
  /** Takes the place of the text for the caller: names a rule, never a value that was sent. */
  readonly detail?: string;
}

/**
 * The answer for a reason.
 *
 * @see [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750.html#section-3), [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449.html#section-7.1)
 */
export function refuse(reason: RefusalReason, details: RefusalDetails = {}): Refusal {
  const entry = entries[reason];
  const { status, oauthError, retry } = entry;
  const { detail = entry.publicText } = details;
  const headers: [string, string][] = [
    ['content-type', 'application/json'],
    ['cache-control', 'no-store'],
    ['x-content-type-options', 'nosniff'],
  ];
  if (retry) headers.push(['retry-after', String(Math.ceil(details.retryAfterSeconds ?? 1))]);
  // No other credential of the caller helps.
  else if (reason !== 'cross-site' && reason !== 'third-party')
    headers.push(['www-authenticate', challenge(reason, oauthError, details)]);
  if (details.nonce) headers.push(['dpop-nonce', details.nonce]);
  const body = JSON.stringify({ error: oauthError, error_description: detail });
  return { ok: false, reason, status, headers, body };
}

const realm = 'realm="pawl"';
const dpopParameters = [realm, `algs="${dpopAlgorithms.join(' ')}"`];

/**
 * The scheme that was used says what is wrong; DPoP follows as a way that is open. In one header, because some frameworks keep only
 * the last one of a name. A caller that sent no token is not told of an error (RFC 6750 §3).
 */
function challenge(reason: RefusalReason, error: string, details: RefusalDetails): string {
  const { accepts = 'both', scheme = 'bearer', scope } = details;
  const wrong = reason === 'no-token' ? [] : [`error="${error}"`];
  if (scope !== undefined) wrong.push(`scope="${scope}"`);
  // Who has a key has a token that no other scheme takes.
  if (scheme === 'dpop') return `DPoP ${[...dpopParameters, ...wrong].join(', ')}`;
  const dpop = `DPoP ${dpopParameters.join(', ')}`;
  if (accepts === 'dpop' && reason === 'no-token') return dpop;
  const bearer = `Bearer ${[realm, ...wrong].join(', ')}`;
  // A missing scope is the same by any scheme.
  return accepts === 'bearer' || scope !== undefined ? bearer : `${bearer}, ${dpop}`;
}
