/**
 * The one catalogue of what can go wrong, and the error that carries an entry of it.
 *
 * @module pawl/errors
 */

/** What is known about one error code; every answer and log line about it is made from this entry. */
export interface ErrorEntry {
  /** HTTP status of the answer. */
  readonly status: number;
  /** The `error` member of the answer: an OAuth 2 error code where one fits (RFC 6749 §5.2, RFC 6750 §3.1). */
  readonly oauthError: string;
  /** The `error_description` member: one sentence, the same for every caller. */
  readonly publicText: string;
  /** Whether the same call may succeed later, unchanged; if so the answer carries Retry-After. */
  readonly retry: boolean;
}

export type ErrorCode =
  | 'invalid_request'
  | 'body_too_large'
  | 'body_consumed'
  | 'invalid_credentials'
  | 'factor_required'
  | 'too_many_attempts'
  | 'invalid_grant'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'verification_unavailable'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'token_unproven'
  | 'invalid_client'
  | 'unsupported_grant_type'
  | 'cross_site_request'
  | 'third_party_session'
  | 'not_found'
  | 'method_not_allowed'
  | 'invalid_scope'
  | 'claims_unavailable'
  | 'clients_unavailable'
  | 'store_unavailable'
  | 'browser_refresh_pending'
  | 'feed_refused'
  | 'feed_unavailable'
  | 'option_invalid'
  | 'key_unknown'
  | 'key_ring_conflict'
  | 'master_key_wrong'
  | 'store_incompatible'
  | 'internal';

/** Every error code with its entry; docs/errors.md lists the same, and a test compares the two. */
export const errors: Readonly<Record<ErrorCode, ErrorEntry>> = {
  invalid_request: {
    status: 400,
    oauthError: 'invalid_request',
    publicText: 'The request is malformed.',
    retry: false,
  },
  body_too_large: {
    status: 413,
    oauthError: 'invalid_request',
    publicText: 'The request body is larger than 64 KiB.',
    retry: false,
  },
  body_consumed: {
    status: 500,
    oauthError: 'server_error',
    publicText: 'The server read the request body before it reached this address, and kept nothing of it.',
    retry: false,
  },
  invalid_credentials: {
    status: 401,
    oauthError: 'invalid_credentials',
    publicText: 'The username or the password is wrong.',
    retry: false,
  },
  factor_required: {
    status: 401,
    oauthError: 'factor_required',
    publicText: 'Another factor is needed: repeat the call with state and the factor.',
    retry: false,
  },
  too_many_attempts: {
    status: 429,
    oauthError: 'too_many_attempts',
    publicText: 'Too many failed attempts; wait for the time in Retry-After.',
    retry: true,
  },
  invalid_grant: {
    status: 400,
    oauthError: 'invalid_grant',
    publicText: 'The refresh token is not valid; log in again.',
    retry: false,
  },
  invalid_token: {
    status: 401,
    oauthError: 'invalid_token',
    publicText: 'The access token is not valid.',
    retry: false,
  },
  insufficient_scope: {
    status: 403,
    oauthError: 'insufficient_scope',
    publicText: 'The access token does not have the scope that is needed.',
    retry: false,
  },
  verification_unavailable: {
    status: 503,
    oauthError: 'temporarily_unavailable',
    publicText: 'Access tokens cannot be checked now; the same call may be repeated safely.',
    retry: true,
  },
  invalid_dpop_proof: {
    status: 400,
    oauthError: 'invalid_dpop_proof',
    publicText: 'The DPoP proof is not valid; repeat the call with a new one.',
    retry: false,
  },
  use_dpop_nonce: {
    status: 400,
    oauthError: 'use_dpop_nonce',
    publicText: 'The DPoP proof must carry the nonce in DPoP-Nonce; repeat the call with a new proof.',
    retry: false,
  },
  token_unproven: {
    status: 401,
    oauthError: 'invalid_dpop_proof',
    publicText: 'The access token belongs to a key, and its DPoP proof is missing or not valid.',
    retry: false,
  },
  invalid_client: {
    status: 401,
    oauthError: 'invalid_client',
    publicText: 'The client is unknown or its secret is wrong.',
    retry: false,
  },
  unsupported_grant_type: {
    status: 400,
    oauthError: 'unsupported_grant_type',
    publicText: 'The grant type must be refresh_token.',
    retry: false,
  },
  cross_site_request: {
    status: 403,
    oauthError: 'access_denied',
    publicText: 'A call authenticated by cookie must come from the same origin.',
    retry: false,
  },
  third_party_session: {
    status: 403,
    oauthError: 'access_denied',
    publicText: 'A session of another application does not open this.',
    retry: false,
  },
  not_found: {
    status: 404,
    oauthError: 'not_found',
    publicText: 'There is nothing at this address.',
    retry: false,
  },
  method_not_allowed: {
    status: 405,
    oauthError: 'method_not_allowed',
    publicText: 'This address does not support the method; Allow lists those that it does.',
    retry: false,
  },
  invalid_scope: {
    status: 400,
    oauthError: 'invalid_scope',
    publicText: 'The requested scope exceeds the one that was granted.',
    retry: false,
  },
  claims_unavailable: {
    status: 503,
    oauthError: 'temporarily_unavailable',
    publicText: 'The claims of the user cannot be looked up now; the same call may be repeated safely.',
    retry: true,
  },
  clients_unavailable: {
    status: 503,
    oauthError: 'temporarily_unavailable',
    publicText: 'Clients cannot be looked up now; the same call may be repeated safely.',
    retry: true,
  },
  store_unavailable: {
    status: 503,
    oauthError: 'temporarily_unavailable',
    publicText: 'The session store did not answer; the same call may be repeated safely.',
    retry: true,
  },
  browser_refresh_pending: {
    status: 503,
    oauthError: 'temporarily_unavailable',
    publicText: 'The browser has not refreshed this session yet; the same call may be repeated safely.',
    retry: true,
  },
  feed_refused: {
    status: 500,
    oauthError: 'server_error',
    publicText: 'The server is misconfigured.',
    retry: false,
  },
  feed_unavailable: {
    status: 503,
    oauthError: 'temporarily_unavailable',
    publicText: 'Revocations cannot be looked up now; the same call may be repeated safely.',
    retry: true,
  },
  option_invalid: {
    status: 500,
    oauthError: 'server_error',
    publicText: 'The server is misconfigured.',
    retry: false,
  },
  key_unknown: {
    status: 500,
    oauthError: 'server_error',
    publicText: 'The server has no such key.',
    retry: false,
  },
  key_ring_conflict: {
    status: 503,
    oauthError: 'temporarily_unavailable',
    publicText: 'The key ring was changed by others at the same time; the same call may be repeated safely.',
    retry: true,
  },
  master_key_wrong: {
    status: 500,
    oauthError: 'server_error',
    publicText: 'The server cannot open its key ring.',
    retry: false,
  },
  store_incompatible: {
    status: 500,
    oauthError: 'server_error',
    publicText: 'The session store belongs to another version.',
    retry: false,
  },
  internal: {
    status: 500,
    oauthError: 'server_error',
    publicText: 'The server failed to answer.',
    retry: false,
  },
};

/** What an error may carry besides its code and message. */
export interface PawlErrorDetails {
  /** Added to the public text: names a parameter or a rule, never a value that was sent. */
  readonly detail?: string;
  /** Seconds for Retry-After, for codes whose entry says `retry`. Default 1. */
  readonly retryAfterSeconds?: number;
  /** Whether a call to a store was never sent, because it waited in this process for others until its deadline. Default false. */
  readonly unsent?: boolean;
  readonly cause?: unknown;
}

/**
 * The only error class of Pawl. `message` is for operators and holds no secret; `publicText` is for callers.
 */
export class PawlError extends Error {
  override readonly name = 'PawlError';
  readonly code: ErrorCode;
  /** Sentence for the caller: the catalogue's, or the detail where one was given. */
  readonly publicText: string;
  readonly retryAfterSeconds: number;
  /** With `store_unavailable`: the call waited for other calls of this process and was never sent. It says nothing of the store. */
  readonly unsent: boolean;

  constructor(code: ErrorCode, message: string, details: PawlErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.publicText = details.detail ?? errors[code].publicText;
    this.retryAfterSeconds = details.retryAfterSeconds ?? 1;
    this.unsent = details.unsent ?? false;
  }

  get entry(): ErrorEntry {
    return errors[this.code];
  }
}

/** Whether `error` is a {@link PawlError}, with this code when one is named. */
export function isPawlError(error: unknown, code?: ErrorCode): error is PawlError {
  return error instanceof PawlError && (code === undefined || error.code === code);
}
