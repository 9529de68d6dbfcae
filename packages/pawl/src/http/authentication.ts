import type { Secret } from '../base/secret.js';

/** A username and a password that somebody typed. */
export interface LoginAttempt {
  readonly username: string;
  readonly password: Secret;
  /** The caller's address, for throttling; null when unknown. */
  readonly address: string | null;
}

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
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterSeconds: number };

/** Checks a login. */
export type Authenticate = (attempt: LoginAttempt) => Promise<Authentication>;
