import type { Incoming } from './incoming.js';

/** How an access token was presented. */
export type TokenScheme = 'bearer' | 'dpop';

/** `absent`: no Authorization header, or one of another scheme. */
export type Credentials =
  | { readonly kind: 'absent' | 'several' }
  | { readonly kind: 'token'; readonly scheme: TokenScheme; readonly token: string };

const scheme = /^(bearer|dpop)(?: +|$)/i;

/**
 * Takes the access token out of the Authorization header. Query, body and cookies are not looked at.
 *
 * Does NOT look at the token: any text, the empty one included, is one.
 *
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750.html#section-2.1), [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449.html#section-7.1)
 */
export function readCredentials(request: Incoming): Credentials {
  const [value, ...others] = request.header('authorization');
  if (value === undefined) return { kind: 'absent' };
  const match = scheme.exec(value);
  // A web-standard request joins two headers with a comma, which no token holds.
  if (others.length > 0 || (match !== null && value.includes(','))) return { kind: 'several' };
  if (match === null) return { kind: 'absent' };
  const token = value.slice(match[0].length);
  return { kind: 'token', scheme: match[1]?.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token };
}
