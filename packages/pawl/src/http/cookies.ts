import type { Granted } from '../rotation/index.js';
import type { Tokens } from '../authority/authority.js';
import type { HttpRequest, HttpResponse } from './exchange.js';

/** `__Host-`: the browser sends the cookie to this host only, over a secure channel, and no other host can set it. */
export const refreshCookie = '__Host-pawl-refresh';
export const accessCookie = '__Host-pawl-access';

// Lax, not Strict: somebody who follows a link to the site from elsewhere is still logged in.
const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** The value of a cookie; null when it is absent. Of several with one name the first counts (RFC 6265 §5.4 order). */
export function readCookie(request: HttpRequest, name: string): string | null {
  const header = request.header('cookie');
  if (header === null) return null;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

function setCookie(name: string, value: string, maxAgeSeconds: number): readonly [string, string] {
  return ['set-cookie', `${name}=${value}; Max-Age=${String(maxAgeSeconds)}; ${attributes}`];
}

/**
 * The cookies that go with an outcome. `kept` sets none: its answer may be late, and would overwrite a newer cookie; the access
 * token that came with the current refresh token is still good. `healed` does not set the refresh cookie, for the same reason, but
 * the browser may have no access token any more, so it gets one.
 */
export function tokenCookies(outcome: Granted | 'login', tokens: Tokens): HttpResponse['headers'] {
  if (outcome === 'kept') return [];
  const access = setCookie(accessCookie, tokens.accessToken, tokens.expiresInSeconds);
  if (outcome === 'healed') return [access];
  return [setCookie(refreshCookie, tokens.refreshToken, tokens.refreshExpiresInSeconds), access];
}

/** Takes both cookies away. */
export const clearedCookies: HttpResponse['headers'] = [
  setCookie(refreshCookie, '', 0),
  setCookie(accessCookie, '', 0),
];
