import type { Granted } from '../rotation/index.js';
import type { Mode, SessionTokens, Tokens } from '../authority/authority.js';
import type { HttpRequest, HttpResponse } from './exchange.js';

/** `__Host-`: the browser sends the cookie to this host only, over a secure channel, and no other host can set it. */
export const refreshCookie = '__Host-pawl-refresh';
export const accessCookie = '__Host-pawl-access';
export const sessionCookie = '__Host-pawl-session';

interface ModeCookies {
  /** Holds the token that calls are made with. */
  readonly caller: string;
  /** Holds the token that ends its session. */
  readonly longest: string;
}

const byMode: Readonly<Record<Mode, ModeCookies>> = {
  tokens: { caller: accessCookie, longest: refreshCookie },
  session: { caller: sessionCookie, longest: sessionCookie },
};

/** Which cookies a server of this mode sets. */
export function cookiesOfMode(mode: Mode): ModeCookies {
  return byMode[mode];
}

/** Lax, not Strict: somebody who follows a link to the site from elsewhere is still logged in. */
export const cookieAttributes = 'Path=/; Secure; HttpOnly; SameSite=Lax';

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
  return ['set-cookie', `${name}=${value}; Max-Age=${String(maxAgeSeconds)}; ${cookieAttributes}`];
}

/**
 * The cookies that go with an outcome. `kept` sets none: its answer may be late, and would overwrite a newer cookie; the access
 * token that came with the current refresh token is still good. `healed`, and `kept` after an outage, do not set the refresh cookie, for
 * the same reason, but the browser may have no access token any more, so it gets one.
 */
export function tokenCookies(outcome: Granted, tokens: Tokens, stretched = false): HttpResponse['headers'] {
  if (outcome === 'kept' && !stretched) return [];
  const access = setCookie(accessCookie, tokens.accessToken, tokens.expiresInSeconds);
  if (outcome === 'healed' || outcome === 'kept') return [access];
  return [setCookie(refreshCookie, tokens.refreshToken, tokens.refreshExpiresInSeconds), access];
}

/** The cookies that go with a login. */
export function loginCookies(tokens: Tokens | SessionTokens): HttpResponse['headers'] {
  if ('sessionToken' in tokens)
    return [setCookie(sessionCookie, tokens.sessionToken, tokens.expiresInSeconds)];
  return tokenCookies('rotated', tokens);
}

/** Takes away every cookie that a server of this mode sets. */
export function clearedCookies(mode: Mode): HttpResponse['headers'] {
  const { caller, longest } = byMode[mode];
  return [...new Set([longest, caller])].map((name) => setCookie(name, '', 0));
}

/** Takes away the access cookie alone. */
export const droppedAccessCookie: HttpResponse['headers'][number] = setCookie(accessCookie, '', 0);

/** The cookies of a session that belongs to a browser's key, which has taken the place of the refresh token. */
export function boundCookies(
  tokens: Pick<Tokens, 'accessToken' | 'expiresInSeconds'>,
): HttpResponse['headers'] {
  return [
    setCookie(accessCookie, tokens.accessToken, tokens.expiresInSeconds),
    setCookie(refreshCookie, '', 0),
  ];
}
