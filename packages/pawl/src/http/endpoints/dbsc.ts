import { PawlError } from '../../errors.js';
import { dbscAlgorithms } from '../../proof/dbsc.js';
import {
  accessCookie,
  boundCookies,
  cookieAttributes,
  droppedAccessCookie,
  readCookie,
  refreshCookie,
} from '../cookies.js';
import { type HttpRequest, type HttpResponse, json, whereFrom } from '../exchange.js';
import type { Services } from '../handler.js';
import { malformed } from '../parameters.js';
import { refusedRefresh } from '../refused-refresh.js';
import { requireSameOrigin } from '../same-origin.js';

/** Where a browser registers its key, and where it refreshes; below the issuer's path. */
const registerPath = '/dbsc/register';
const refreshPath = '/dbsc/refresh';

/** The offer of a login by cookie: a browser that knows device bound sessions registers a key, another one ignores it. */
export function registrationOffer(services: Services, sessionId: string): HttpResponse['headers'] {
  if (!services.deviceBoundSessions) return [];
  const challenge = services.authority.dbsc.registrationChallenge(sessionId);
  const path = services.basePath + registerPath;
  const offer = `(${dbscAlgorithms.join(' ')});path="${path}";challenge="${challenge}"`;
  return [['secure-session-registration', offer]];
}

/**
 * `POST /dbsc/register`: the browser's key against the identifier of a device bound session. Sent by the browser itself after a login by
 * cookie.
 *
 * The access cookie is taken away, so that the browser's next request waits for a first refresh, which binds the session.
 *
 * @throws PawlError `not_found` where nothing is offered, `invalid_request`, `cross_site_request`, `store_unavailable`
 * @see [Device Bound Session Credentials](https://w3c.github.io/webappsec-dbsc/)
 */
export async function registerBrowserEndpoint(
  services: Services,
  request: HttpRequest,
): Promise<HttpResponse> {
  if (!services.deviceBoundSessions) throw new PawlError('not_found', 'no browser may register a key');
  const proof = request.header('secure-session-response');
  if (proof === null) throw malformed('The header "Secure-Session-Response" is missing.');
  const refreshToken = readCookie(request, refreshCookie);
  if (refreshToken === null) return refusedRefresh();
  requireSameOrigin(request, services.origin);
  const registration = await services.authority.dbsc.register({ refreshToken, proof: unquoted(proof) });
  if (!registration.granted) return refusedRefresh();
  const { sessionIdentifier, challenge } = registration;
  return json(200, instructions(services, sessionIdentifier), [
    challengeHeader(challenge, sessionIdentifier),
    droppedAccessCookie,
  ]);
}

/**
 * `POST /dbsc/refresh`: the proof of a browser's key against the next access token. Sent by the browser itself, also when a request from
 * another site started it: the identifier and the proof say who it is, and cookies are not read.
 *
 * Without a proof, and for one whose challenge is used or too old: 403 with a challenge. For a session that is over: 200 with
 * `"continue": false`, which ends it in the browser. Trouble that passes is never answered with 4xx, which would end it too.
 *
 * @throws PawlError `invalid_request`, `store_unavailable`, `claims_unavailable`
 * @see [Device Bound Session Credentials](https://w3c.github.io/webappsec-dbsc/)
 */
export async function refreshByBrowserEndpoint(
  services: Services,
  request: HttpRequest,
): Promise<HttpResponse> {
  const named = request.header('sec-secure-session-id');
  if (named === null) throw malformed('The header "Sec-Secure-Session-Id" is missing.');
  const sessionIdentifier = unquoted(named);
  const shown = request.header('secure-session-response');
  const proof = shown === null ? null : unquoted(shown);
  const refreshed = await services.authority.dbsc.refresh({
    sessionIdentifier,
    proof,
    ...whereFrom(request),
  });
  if (refreshed.granted) {
    const { outcome, tokens, challenge } = refreshed;
    return json(200, instructions(services, sessionIdentifier), [
      ['pawl-refresh', outcome],
      challengeHeader(challenge, sessionIdentifier),
      ...boundCookies(tokens),
    ]);
  }
  if (refreshed.outcome === 'challenged') {
    return json(403, { error: 'challenge' }, [challengeHeader(refreshed.challenge, sessionIdentifier)]);
  }
  // No cookie is taken away: it may be of a session that was logged in since.
  return refreshed.sessionOver
    ? json(200, { session_identifier: sessionIdentifier, continue: false })
    : refusedRefresh();
}

function instructions(services: Services, sessionIdentifier: string): object {
  return {
    session_identifier: sessionIdentifier,
    refresh_url: services.basePath + refreshPath,
    scope: { origin: services.origin, include_site: false, scope_specification: [] },
    credentials: [{ type: 'cookie', name: accessCookie, attributes: cookieAttributes }],
  };
}

function challengeHeader(challenge: string, sessionIdentifier: string): readonly [string, string] {
  return ['secure-session-challenge', `"${challenge}";id="${sessionIdentifier}"`];
}

/** Chromium sends these values bare; as structured fields (RFC 9651) they would be in quotes. */
function unquoted(value: string): string {
  return /^"([^"\\]*)"$/.exec(value)?.[1] ?? value;
}
