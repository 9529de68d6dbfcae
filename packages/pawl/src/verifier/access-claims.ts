import type { EpochSeconds } from '../base/clock.js';
import { isJsonObject, type JsonObject } from '../base/json-object.js';
import type { AccessClaims } from '../access/claims.js';
import type { RefusalReason } from '../request/refusal.js';

/** What the claims of a token are compared with. */
export interface ExpectedClaims {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly leewaySeconds: number;
}

/** Whether claims have the form of those that Pawl signs (RFC 9068 §2.2), with `sid`. */
export function isAccessClaims(claims: JsonObject): claims is AccessClaims {
  const { iss, sub, aud, client_id, exp, nbf, iat, jti, sid, epoch, scope, cnf } = claims;
  return (
    [iss, sub, client_id, jti, sid].every((claim) => typeof claim === 'string' && claim !== '') &&
    [exp, iat].every(isInstant) &&
    (nbf === undefined || isInstant(nbf)) &&
    (epoch === undefined || isInstant(epoch)) &&
    (scope === undefined || typeof scope === 'string') &&
    isAudience(aud) &&
    (cnf === undefined || (isJsonObject(cnf) && typeof cnf['jkt'] === 'string' && cnf['jkt'] !== ''))
  );
}

/** Whole seconds: Pawl writes no other, and a fraction or a huge number is where parsers differ. */
function isInstant(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isAudience(value: unknown): boolean {
  const members: readonly unknown[] = Array.isArray(value) ? value : [value];
  return members.length > 0 && members.every((member) => typeof member === 'string');
}

/**
 * Compares issuer, audience and the times that do not pass by waiting. Does NOT look at `exp`, which is asked at every use.
 *
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068.html#section-4)
 */
export function problemOf(
  claims: AccessClaims,
  expected: ExpectedClaims,
  now: EpochSeconds,
): RefusalReason | null {
  if (claims.iss !== expected.issuer) return 'issuer';
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  if (!audiences.some((audience) => expected.audiences.includes(audience))) return 'audience';
  const { iat, nbf } = claims;
  const startsAt = typeof nbf === 'number' ? Math.max(nbf, iat) : iat;
  return startsAt > now + expected.leewaySeconds ? 'not-yet-valid' : null;
}
