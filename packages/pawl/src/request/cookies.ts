import type { Head } from './incoming.js';

/** The names of the cookies of one issuer. */
export interface CookieNames {
  /** Holds the access token. */
  readonly access: string;
  /** Holds the refresh token. */
  readonly refresh: string;
  /** Holds the session token, with `mode: 'session'`. */
  readonly session: string;
  /** Says of the browser that its session belongs to a key of its own, so that the browser has to be asked for it. */
  readonly browser: string;
}

/**
 * Names with a suffix, so that two issuers on one host keep their cookies apart. `__Host-`: the browser sends the cookie to this host only, over a
 * secure channel, and no other host can set it.
 */
export function cookieNames(suffix: string): CookieNames {
  const name = (what: string): string => `__Host-pawl-${what}-${suffix}`;
  return {
    access: name('access'),
    refresh: name('refresh'),
    session: name('session'),
    browser: name('browser'),
  };
}

/** Lax, not Strict: somebody who follows a link to the site from elsewhere is still logged in. */
export const cookieAttributes = 'Path=/; Secure; HttpOnly; SameSite=Lax';

/** The value of a cookie; null when it is absent. Of several with one name the first counts (RFC 6265 §5.4 order). */
export function readCookie(request: Pick<Head, 'header'>, name: string): string | null {
  const header = request.header('cookie');
  if (header === null) return null;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

/**
 * The header that sets a cookie.
 *
 * @param maxAgeSeconds - 0 takes it away; null keeps it until the browser is closed
 */
export function setCookie(
  name: string,
  value: string,
  maxAgeSeconds: number | null,
): readonly [string, string] {
  const age = maxAgeSeconds === null ? '' : `Max-Age=${String(maxAgeSeconds)}; `;
  return ['set-cookie', `${name}=${value}; ${age}${cookieAttributes}`];
}
