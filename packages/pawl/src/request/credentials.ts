import type { Head } from './incoming.js';

/** How an access token was presented. */
export type TokenScheme = 'bearer' | 'dpop';

/**
 * What the header Authorization holds. `absent`: nothing, or what belongs to a scheme that is none of ours. `several`: more than one credential,
 * of which nobody can say which one counts.
 */
export type HttpCredentials =
  | { readonly kind: 'absent' | 'several' }
  | { readonly kind: 'token'; readonly scheme: TokenScheme; readonly token: string }
  | { readonly kind: 'basic'; readonly encoded: string };

const ours = /^(bearer|dpop|basic)(?=[ \t,]|$)/i;

/** A credential behind a comma: proxies and web-standard requests join two headers to one. */
const joined = /,[ \t]*(?:bearer|dpop|basic)(?:[ \t,]|$)/i;

const absent: HttpCredentials = { kind: 'absent' };
const several: HttpCredentials = { kind: 'several' };

/**
 * Reads the header Authorization, for everybody who asks who makes a request. Query, body and cookies are not looked at.
 *
 * Does NOT look at the token: any text, the empty one included, is one.
 *
 * @see [RFC 9110 §11.6.2](https://www.rfc-editor.org/rfc/rfc9110.html#section-11.6.2), [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750.html#section-2.1), [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449.html#section-7.1)
 */
export function readCredentials(request: Pick<Head, 'header'>): HttpCredentials {
  const value = request.header('authorization');
  if (value === null) return absent;
  const scheme = ours.exec(value)?.[0].toLowerCase();
  if (scheme === undefined) return joined.test(value) ? several : absent;
  // Neither a token nor the text of Basic holds a comma.
  if (value.includes(',')) return several;
  const rest = value.slice(scheme.length).replace(/^ +/, '');
  return scheme === 'basic'
    ? { kind: 'basic', encoded: rest }
    : { kind: 'token', scheme: schemeOf(scheme), token: rest };
}

function schemeOf(name: string): TokenScheme {
  return name === 'dpop' ? 'dpop' : 'bearer';
}
