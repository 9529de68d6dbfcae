import type { Refusal } from '../../request/refusal.js';
import { refuse } from '../../request/refusal.js';
import type { AccessClaims } from '../../access/claims.js';
import { identifyCaller } from '../caller.js';
import { type HttpResponse, noContent } from '../exchange.js';
import { malformed, one } from '../parameters.js';
import { type AnyRoute, defineRoute, type RouteCall } from '../route.js';
import { jsonBody, objectOf, text } from '../schemas.js';
import type { Services } from '../services.js';

/** `GET /verify` */
export const verifyRoute: AnyRoute = defineRoute({
  method: 'GET',
  path: '/verify',
  summary:
    'Tells a reverse proxy whether a request may pass, and whose it is. The proxy hands on the headers of the request that it asks about, and its method as `X-Forwarded-Method`. A call by cookie that changes state must come from the own origin; without `X-Forwarded-Method` every call counts as one. A bound token is refused: a proof is made for the address of the proxied request, and headers that the client may have written do not say which that is. A request with more than one credential is 401 here, because nginx knows no 400.',
  caller: 'session',
  accepts: 'bearer',
  takes: 'query',
  parameters: { scope: one('Scopes that are all required, separated by spaces.') },
  strict: true,
  requestHeaders: { 'X-Forwarded-Method': 'method of the request that the proxy asks about' },
  answers: [
    {
      status: 204,
      description: 'It may pass.',
      headers: {
        'X-Auth-Subject': 'the user',
        'X-Auth-Session': 'id of the session',
        'X-Auth-Client': 'the client',
        'X-Auth-Scope': 'scopes, separated by spaces; all four percent-encoded beyond visible ASCII',
      },
    },
    {
      status: 401,
      description: 'The request holds more than one credential.',
      body: jsonBody(
        objectOf({
          error: { type: 'string', const: 'invalid_request' },
          error_description: text('one sentence'),
        }),
      ),
    },
  ],
  errors: [
    'third_party_session',
    'insufficient_scope',
    'clients_unavailable',
    'store_unavailable',
    'claims_unavailable',
  ],
  specification: 'nginx auth_request',
  example:
    'curl -i -H "authorization: Bearer $ACCESS" -H "x-forwarded-method: GET" http://localhost:3000/verify',
  run: verify,
});

async function verify(
  services: Services,
  { request, parameters }: RouteCall<'scope'>,
): Promise<HttpResponse> {
  const required = requiredScope(parameters.optional('scope'));
  const method = request.header('x-forwarded-method') ?? '';
  const caller = await identifyCaller(services, request, { method, accepts: 'bearer' });
  if (!caller.ok) return understoodByNginx(caller);
  const { claims } = caller;
  const granted = (claims.scope ?? '').split(' ');
  if (required.some((scope) => !granted.includes(scope))) {
    return refuse('insufficient-scope', { scope: required.join(' ') });
  }
  return noContent(identityHeaders(claims));
}

/** Anything but 2xx, 401 and 403 it answers with 500. */
function understoodByNginx(refusal: Refusal): Refusal {
  return refusal.status === 400 ? { ...refusal, status: 401 } : refusal;
}

const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

function requiredScope(scope: string | null): readonly string[] {
  if (scope === null) return [];
  const scopes = scope.split(' ');
  if (scopes.every((token) => scopeToken.test(token))) return scopes;
  throw malformed('The parameter "scope" must be scopes that are all required, separated by spaces.');
}

/** Each header is always there, so that a proxy which copies them replaces what the client sent under the same name. */
function identityHeaders(claims: AccessClaims): HttpResponse['headers'] {
  const scope = claims.scope ?? '';
  return [
    ['x-auth-subject', headerText(claims.sub)],
    ['x-auth-session', headerText(claims.sid)],
    ['x-auth-client', headerText(claims.client_id)],
    ['x-auth-scope', scope.split(' ').map(headerText).join(' ')],
  ];
}

/** Percent-encodes the percent sign and all bytes of UTF-8 but visible ASCII, so that no two texts look alike in a header. */
function headerText(text: string): string {
  return text.replace(/[^\x21-\x24\x26-\x7e]+/gu, (part) =>
    [...Buffer.from(part, 'utf8')]
      .map((byte) => `%${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join(''),
  );
}
