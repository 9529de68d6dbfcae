/**
 * A session belongs to a key of one protocol. The keys of browsers are marked in the record, so that neither protocol takes the other's
 * proofs, and so that their access tokens carry no `cnf`: requests by cookie come without a proof.
 */
const browserMark = 'dbsc:';

/** What the record of a session says that belongs to a browser's key. */
export function browserKeyOf(thumbprint: string): string {
  return browserMark + thumbprint;
}

/** Whether a session belongs to a browser's key: its refresh token is worth nothing, and the browser refreshes by itself. */
export function isBrowserKey(boundKey: string | null): boolean {
  return boundKey?.startsWith(browserMark) ?? false;
}

/** The `cnf.jkt` of the access tokens of a session with this key; null for none. */
export function confirmationOf(boundKey: string | null): string | null {
  return isBrowserKey(boundKey) ? null : boundKey;
}
