import type { Head } from './incoming.js';

/** `__Host-`: the browser sends the cookie to this host only, over a secure channel, and no other host can set it. */
export const refreshCookie = '__Host-pawl-refresh';
export const accessCookie = '__Host-pawl-access';
export const sessionCookie = '__Host-pawl-session';

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

/** The header that sets a cookie, or with an age of 0 takes it away. */
export function setCookie(name: string, value: string, maxAgeSeconds: number): readonly [string, string] {
  return ['set-cookie', `${name}=${value}; Max-Age=${String(maxAgeSeconds)}; ${cookieAttributes}`];
}
