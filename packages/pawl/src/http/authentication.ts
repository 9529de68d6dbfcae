import type { Secret } from '../base/secret.js';
import { PawlError } from '../errors.js';
import type { HttpRequest } from './exchange.js';

/** What somebody sent to log in. */
export interface LoginAttempt {
  /** Empty where a factor is sent with `state` alone. */
  readonly username: string;
  /** Where a factor is sent with `state` alone there is none, and reading it ends the call with `invalid_request`. */
  readonly password: Secret;
  /** What the answer `factor` gave the caller, as it came back; null in a first call. It comes from outside: check that it is yours. */
  readonly state: string | null;
  /** Every member of the body as it was sent, those above included: `members['otp']`. The password is a `Secret`. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Method, path, query, headers and address of the request. */
  readonly request: LoginCall;
  /** The caller's address, for throttling; null when unknown. */
  readonly address: string | null;
}

/** The request that brought a login. Its body has been read. */
export type LoginCall = Omit<HttpRequest, 'readBody'>;

/** Who it is, or why not. `wrong` must be the same for an unknown user, in time too. */
export type Authentication =
  | {
      readonly ok: true;
      readonly subject: string;
      /** Authentication methods, RFC 8176. */
      readonly amr: readonly string[];
      readonly acr?: string;
      readonly scope?: string;
      /** The subject's epoch from before the check, see `LoginRequest`. */
      readonly epoch?: number;
      /** How long the session lives at most without use, and at all; see `LoginRequest`. */
      readonly idleSeconds?: number;
      readonly absoluteSeconds?: number;
    }
  | { readonly ok: false; readonly reason: 'wrong' }
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterSeconds: number }
  | ({ readonly ok: false; readonly reason: 'factor' } & FactorRequired);

/** Another factor is needed before the login is granted. */
export interface FactorRequired {
  /** What may be sent next, such as `otp` or `webauthn`: at least one. */
  readonly factors: readonly string[];
  /**
   * Given to the caller, who sends it back with the factor: 1 to 4096 characters. It has to say that the password was right, to nobody but you, and for a
   * few minutes: a random key of what you keep, or a text under your own MAC.
   */
  readonly state: string;
}

/** Checks a login. */
export type Authenticate = (attempt: LoginAttempt) => Promise<Authentication>;

export const maxStateCharacters = 4096;

/**
 * What the answer `factor` hands to the caller.
 *
 * @throws PawlError `option_invalid` when it breaks its rule; nothing of it is quoted
 */
export function checkFactorRequired({ factors, state }: FactorRequired): FactorRequired {
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
  if (!Array.isArray(factors) || factors.length === 0 || !factors.every(isText)) {
    throw new PawlError('option_invalid', 'authenticate answered "factor" without a list of factors');
  }
  if (!isText(state) || state.length > maxStateCharacters) {
    const rule = `a state of 1 to ${String(maxStateCharacters)} characters`;
    throw new PawlError('option_invalid', `authenticate answered "factor" without ${rule}`);
  }
  return { factors, state };
}
