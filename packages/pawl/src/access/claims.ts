import type { EpochSeconds } from '../base/clock.js';
import type { JsonObject } from '../base/json-object.js';

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

/** Whether what was signed as an access token has its claims, of the right types. */
export function isAccessClaims(claims: JsonObject): claims is AccessClaims {
  const { iss, sub, aud, client_id, exp, iat, jti, sid, epoch, auth_time } = claims;
  return (
    [iss, sub, client_id, jti, sid].every((claim) => typeof claim === 'string') &&
    [exp, iat, auth_time].every((claim) => typeof claim === 'number') &&
    (epoch === undefined || typeof epoch === 'number') &&
    (typeof aud === 'string' || Array.isArray(aud))
  );
}
