import { createHash } from 'node:crypto';
import type { AccessTokens, SessionTokens, Tokens } from '../authority/issue.js';
import type { Mode } from '../authority/options.js';
import { type CookieNames, cookieNames, readCookie, setCookie } from '../request/cookies.js';
import type { Head } from '../request/incoming.js';
import type { Granted } from '../rotation/index.js';
import type { HttpResponse } from './exchange.js';

type Headers = HttpResponse['headers'];
type Cookied = Pick<Head, 'header'>;

/** A refresh token from a cookie. */
export interface RefreshCookie {
  readonly token: string;
  /** Whether the cookie outlives the browser. */
  readonly isRemembered: boolean;
}

/** The cookies in which the tokens of a session travel. */
export interface SessionCookies {
  readonly names: CookieNames;
  /** The token that calls are made with. */
  caller(request: Cookied): string | null;
  /** The refresh token. */
  refresh(request: Cookied): RefreshCookie | null;
  /** Whether the browser has had a session that belongs to a key of its own. */
  isBound(request: Cookied): boolean;
  /**
   * Those that go with an outcome. `kept` sets none: its answer may be late, and would overwrite a newer cookie; the access token that came with the
   * current refresh token is still good. `healed`, and `kept` after an outage, do not set the refresh cookie, for the same reason, but the browser may
   * have no access token any more, so it gets one.
   *
   * @param isRemembered - as of the refresh cookie that was redeemed
   */
  ofOutcome(outcome: Granted, tokens: Tokens, isRemembered: boolean, stretched?: boolean): Headers;
  /** Those that go with a login. */
  ofLogin(tokens: Tokens | SessionTokens | AccessTokens, isRemembered: boolean): Headers;
  /** Those of a session that belongs to a browser's key, which has taken the place of the refresh token. */
  ofBound(tokens: AccessTokens): Headers;
  /** Takes every one away. */
  readonly cleared: Headers;
  /** Takes the access token away. */
  readonly withoutAccess: Headers;
}

/** In front of a refresh token that the browser shall forget when it is closed: at the next refresh nothing else tells. */
const untilClosed = 'until-closed.';

const suffixLength = 8;

/** The names of an issuer's cookies. They end with the first characters of the SHA-256 of the issuer, so that another one on the same host has others. */
export function cookieNamesOf(issuer: string): CookieNames {
  return cookieNames(createHash('sha256').update(issuer).digest('hex').slice(0, suffixLength));
}

/** The cookies of an issuer. */
export function createSessionCookies(issuer: string, mode: Mode): SessionCookies {
  const names = cookieNamesOf(issuer);
  const access = (token: string, seconds: number, isRemembered: boolean): Headers[number] =>
    setCookie(names.access, token, isRemembered ? seconds : null);

  function ofOutcome(outcome: Granted, tokens: Tokens, isRemembered: boolean, stretched = false): Headers {
    if (outcome === 'kept' && !stretched) return [];
    const fresh = access(tokens.accessToken, tokens.expiresInSeconds, isRemembered);
    if (outcome === 'healed' || outcome === 'kept') return [fresh];
    const { refreshToken, refreshExpiresInSeconds } = tokens;
    const refresh = isRemembered
      ? setCookie(names.refresh, refreshToken, refreshExpiresInSeconds)
      : setCookie(names.refresh, untilClosed + refreshToken, null);
    return [refresh, fresh];
  }

  function ofBound(tokens: AccessTokens): Headers {
    return [
      access(tokens.accessToken, tokens.expiresInSeconds, true),
      setCookie(names.refresh, '', 0),
      setCookie(names.browser, 'bound', tokens.refreshExpiresInSeconds),
    ];
  }

  return {
    names,
    caller: (request) => readCookie(request, mode === 'session' ? names.session : names.access),
    refresh(request) {
      const value = readCookie(request, names.refresh);
      if (value === null) return null;
      return value.startsWith(untilClosed)
        ? { token: value.slice(untilClosed.length), isRemembered: false }
        : { token: value, isRemembered: true };
    },
    isBound: (request) => readCookie(request, names.browser) === 'bound',
    ofOutcome,
    ofLogin(tokens, isRemembered) {
      if ('refreshToken' in tokens) return ofOutcome('rotated', tokens, isRemembered);
      if (!('sessionToken' in tokens)) return ofBound(tokens);
      return [setCookie(names.session, tokens.sessionToken, isRemembered ? tokens.expiresInSeconds : null)];
    },
    ofBound,
    cleared:
      mode === 'session'
        ? [setCookie(names.session, '', 0)]
        : [names.refresh, names.access, names.browser].map((name) => setCookie(name, '', 0)),
    withoutAccess: [setCookie(names.access, '', 0)],
  };
}
