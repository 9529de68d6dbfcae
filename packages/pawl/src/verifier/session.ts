import type { EpochSeconds } from '../base/clock.js';
import type { AccessClaims } from '../access/claims.js';

/** Who makes a request, as its access token says. Frozen: requests with the same token share it. */
export interface VerifiedSession {
  /** The claim `sub`. */
  readonly subject: string;
  /** The claim `sid`. */
  readonly sessionId: string;
  /** The claim `client_id`. */
  readonly clientId: string;
  /** The members of the claim `scope`. */
  readonly scopes: readonly string[];
  /** The claim `exp`. */
  readonly expiresAt: EpochSeconds;
  /** Thumbprint of the key that the session is bound to (`cnf.jkt`); null for a bearer token. */
  readonly boundKey: string | null;
  /** Every claim of the token, those of the claims hook included. */
  readonly claims: AccessClaims;
}

/** The session that claims tell of. Freezes the claims. */
export function sessionOf(claims: AccessClaims): VerifiedSession {
  return deepFreeze({
    subject: claims.sub,
    sessionId: claims.sid,
    clientId: claims.client_id,
    scopes: claims.scope?.split(' ').filter((scope) => scope !== '') ?? [],
    expiresAt: claims.exp,
    boundKey: claims.cnf?.jkt ?? null,
    claims,
  });
}

/** One request must not change what the next one with the same token sees. */
function deepFreeze<Value extends object>(value: Value): Value {
  for (const member of Object.values(value) as readonly unknown[]) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}
