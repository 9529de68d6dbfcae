/**
 * The key that a session belongs to, as its record has it: a thumbprint, with a mark before it where the access tokens come by cookie. A
 * cookie brings no proof, so those tokens carry no `cnf`. The mark keeps the ways apart: neither protocol takes the other's proofs, and a
 * session is refreshed only by the way on which it began.
 */
const browserMark = 'dbsc:';
const cookieMark = 'cookie:';

/** What the record of a session says that belongs to a browser's key. */
export function browserKeyOf(thumbprint: string): string {
  return browserMark + thumbprint;
}

/** What the record of a session says whose refresh token comes by cookie, with a DPoP proof. */
export function cookieKeyOf(thumbprint: string): string {
  return cookieMark + thumbprint;
}

/** Whether a session belongs to a browser's key: its refresh token is worth nothing, and the browser refreshes by itself. */
export function isBrowserKey(boundKey: string | null): boolean {
  return boundKey?.startsWith(browserMark) ?? false;
}

/** The `cnf.jkt` of the access tokens of a session with this key; null for none. */
export function confirmationOf(boundKey: string | null): string | null {
  return isBrowserKey(boundKey) || boundKey?.startsWith(cookieMark) ? null : boundKey;
}

/** RFC 9449 §5: what a client is told about the tokens of a session. */
export function tokenTypeOf(boundKey: string | null): 'Bearer' | 'DPoP' {
  return boundKey === null || isBrowserKey(boundKey) ? 'Bearer' : 'DPoP';
}
