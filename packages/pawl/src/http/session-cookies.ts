import type { Granted } from '../rotation/index.js';
import type { Mode, SessionTokens, Tokens } from '../authority/authority.js';
import { accessCookie, refreshCookie, sessionCookie, setCookie } from '../request/cookies.js';
import type { HttpResponse } from './exchange.js';

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
