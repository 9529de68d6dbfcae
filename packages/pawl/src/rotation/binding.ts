/**
 * What a session belongs to, or what a request has shown. `jkt` is the thumbprint of a key (RFC 7638).
 *
 * - `none`: a bearer session; a request without a proof
 * - `dpop`: a DPoP key, shown with a token in a body; access tokens carry it as `cnf`
 * - `cookie`: a DPoP key, shown with a token in a cookie. A cookie brings no proof, so the access tokens carry no `cnf`
 * - `browser`: a key that the browser keeps (DBSC), which has taken the place of the refresh token
 *
 * The kinds are apart: neither protocol takes the other's proofs, and a session is refreshed only by the way on which it began.
 */
export type Binding =
  | { readonly kind: 'none'; readonly jkt?: never }
  | { readonly kind: 'dpop' | 'cookie' | 'browser'; readonly jkt: string };

/** No key. */
export const unbound: Binding = { kind: 'none' };

/** Whether two bindings name the same key, shown on the same way. */
export function isSameBinding(left: Binding, right: Binding): boolean {
  return left.kind === right.kind && left.jkt === right.jkt;
}

/** Whether a session with this binding goes on by what was shown: it has no key, or that one. */
export function admits(binding: Binding, shown: Binding): boolean {
  return binding.kind === 'none' || isSameBinding(binding, shown);
}
