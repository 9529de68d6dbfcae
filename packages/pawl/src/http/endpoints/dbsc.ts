import { PawlError } from '../../errors.js';
import { dbscAlgorithms } from '../../proof/dbsc.js';
import { cookieAttributes } from '../../request/cookies.js';
import { type HttpResponse, json, whereFrom } from '../exchange.js';
import { malformed } from '../parameters.js';
import { refusedRefresh } from '../refused-refresh.js';
import { requireSameOrigin } from '../require-same-origin.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { jsonBody, named, objectOf, text } from '../schemas.js';
import type { Services } from '../services.js';
import { outcomeHeader } from './refresh.js';

/** Where a browser registers its key, and where it refreshes; below the issuer's path. */
const registerPath = '/dbsc/register';
const refreshPath = '/dbsc/refresh';

const instructionsSchema = named(
  'BoundSession',
  objectOf({
    session_identifier: text('what the browser will name the session by'),
    refresh_url: text('path of `POST /dbsc/refresh`'),
    scope: {
      ...objectOf({
        origin: text('their origin'),
        include_site: { type: 'boolean', description: 'whether those of the whole site do' },
        scope_specification: { type: 'array', items: { type: 'object' }, description: 'exceptions: none' },
      }),
      description: 'the requests that wait for a refresh',
    },
    credentials: {
      type: 'array',
      items: objectOf({
        type: { type: 'string', const: 'cookie' },
        name: text('name of the cookie'),
        attributes: text('its attributes'),
      }),
      description: 'the cookie that is kept fresh',
    },
  }),
);

const challengeSpec = { 'Secure-Session-Challenge': 'for the next proof' } as const;

/** The offer of a login by cookie: a browser that knows device bound sessions registers a key, another one ignores it. */
export function registrationOffer(services: Services, sessionId: string): HttpResponse['headers'] {
  if (!services.deviceBoundSessions) return [];
  const challenge = services.authority.dbsc.registrationChallenge(sessionId);
  const path = services.basePath + registerPath;
  const offer = `(${dbscAlgorithms.join(' ')});path="${path}";challenge="${challenge}"`;
  return [['secure-session-registration', offer]];
}

/** `POST /dbsc/register` */
export const registerBrowserRoute: AnyRoute = defineRoute({
  method: 'POST',
  path: registerPath,
  summary:
    "Registers a browser's key against the identifier of a device bound session. Sent by the browser itself after a login by cookie. The access cookie is taken away, so that the next request of the browser waits for a first refresh, which binds the session.",
  caller: 'anybody',
  takes: 'nothing',
  parameters: {},
  requestHeaders: {
    'Secure-Session-Response': "the proof: a JWT by the browser's key over the challenge of the offer",
    Cookie: 'the refresh token',
    Origin: "the issuer's own, or `Sec-Fetch-Site: same-origin`",
  },
  answers: [
    {
      status: 200,
      description: 'Registered.',
      body: jsonBody(instructionsSchema),
      headers: { ...challengeSpec, 'Set-Cookie': 'takes the access token away' },
    },
  ],
  errors: ['not_found', 'invalid_request', 'invalid_grant', 'cross_site_request', 'store_unavailable'],
  specification: 'Device Bound Session Credentials',
  run: registerBrowser,
});

async function registerBrowser(services: Services, { request }: RouteCall): Promise<HttpResponse> {
  if (!services.deviceBoundSessions) throw new PawlError('not_found', 'no browser may register a key');
  const proof = request.header('secure-session-response');
  if (proof === null) throw malformed('The header "Secure-Session-Response" is missing.');
  const cookie = services.cookies.refresh(request);
  if (cookie === null) return refusedRefresh();
  requireSameOrigin(request, services.origin);
  const registration = await services.authority.dbsc.register({
    refreshToken: cookie.token,
    proof: unquoted(proof),
  });
  if (!registration.granted) return refusedRefresh();
  const { sessionIdentifier, challenge } = registration;
  return json(200, instructions(services, sessionIdentifier), [
    challengeHeader(challenge, sessionIdentifier),
    ...services.cookies.withoutAccess,
  ]);
}

/** `POST /dbsc/refresh` */
export const refreshByBrowserRoute: AnyRoute = defineRoute({
  method: 'POST',
  path: refreshPath,
  summary:
    "The proof of a browser's key against the next access token. Sent by the browser itself, also when a request from another site started it: the identifier and the proof say who it is, and cookies are not read. Trouble that passes is never answered with 4xx, which would end the session in the browser.",
  caller: 'anybody',
  takes: 'nothing',
  parameters: {},
  requestHeaders: {
    'Sec-Secure-Session-Id': 'the identifier of the session',
    'Secure-Session-Response': 'the proof; absent when the browser has no challenge to answer',
  },
  answers: [
    {
      status: 200,
      description: 'Refreshed.',
      body: jsonBody(instructionsSchema),
      headers: { ...outcomeHeader, ...challengeSpec, 'Set-Cookie': 'the access token' },
    },
    {
      status: 200,
      description: 'The session is over, which ends it in the browser.',
      body: jsonBody(
        objectOf({
          session_identifier: text('the one that was sent'),
          continue: { type: 'boolean', const: false },
        }),
      ),
    },
    {
      status: 403,
      description: 'No proof, or one whose challenge is used or too old: the challenge to answer.',
      body: jsonBody(objectOf({ error: { type: 'string', const: 'challenge' } })),
      headers: challengeSpec,
    },
  ],
  errors: ['invalid_request', 'invalid_grant', 'store_unavailable', 'claims_unavailable'],
  specification: 'Device Bound Session Credentials',
  run: refreshByBrowser,
});

async function refreshByBrowser(services: Services, { request }: RouteCall): Promise<HttpResponse> {
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
      ...services.cookies.ofBound(tokens),
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
    credentials: [{ type: 'cookie', name: services.cookies.names.access, attributes: cookieAttributes }],
  };
}

function challengeHeader(challenge: string, sessionIdentifier: string): readonly [string, string] {
  return ['secure-session-challenge', `"${challenge}";id="${sessionIdentifier}"`];
}

/** Chromium sends these values bare; as structured fields (RFC 9651) they would be in quotes. */
function unquoted(value: string): string {
  return /^"([^"\\]*)"$/.exec(value)?.[1] ?? value;
}
