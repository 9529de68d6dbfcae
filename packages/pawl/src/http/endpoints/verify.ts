import { isPawlError, PawlError } from '../../errors.js';
import type { AccessClaims } from '../../tokens/index.js';
import {
  bearerChallenge,
  type Caller,
  insufficientScope,
  readAuthorization,
  requireCaller,
} from '../bearer.js';
import { errorResponse } from '../error-response.js';
import { type HttpRequest, type HttpResponse, noContent } from '../exchange.js';
import type { Services } from '../handler.js';
import { malformed } from '../parameters.js';
import { callKind } from '../same-origin.js';

/**
 * `GET /verify?scope=…`: tells a reverse proxy whether a request may pass, and whose it is. 204 with the identity in headers, else 401, 403
 * or 503. The proxy hands on the headers of the request that it asks about, and its method as `X-Forwarded-Method`.
 *
 * A call by cookie that changes state must come from the own origin; without `X-Forwarded-Method` every call counts as one. A bound token
 * is refused: a proof is made for the address of the proxied request, and headers that the client may have written do not say which that is.
 *
 * @throws PawlError `invalid_request` for a query that is not understood, `invalid_token`, `cross_site_request`, `store_unavailable`
 * @see [nginx auth_request](https://nginx.org/en/docs/http/ngx_http_auth_request_module.html)
 */
export async function verifyEndpoint(services: Services, request: HttpRequest): Promise<HttpResponse> {
  const required = requiredScope(request.query);
  try {
    const { claims } = await requireUnbound(services, request);
    const granted = (claims.scope ?? '').split(' ');
    if (required.some((scope) => !granted.includes(scope))) return insufficientScope(required);
    return noContent(identityHeaders(claims));
  } catch (error) {
    if (!isPawlError(error, 'invalid_token')) throw error;
    return errorResponse(error, [['www-authenticate', bearerChallenge(services, request, 'invalid_token')]]);
  }
}

async function requireUnbound(services: Services, request: HttpRequest): Promise<Caller> {
  // Also with a proof: no key that is shown to this address says anything about the one that the client called.
  if (readAuthorization(request)?.by === 'dpop') {
    throw new PawlError('invalid_token', 'a bound token at /verify', {
      detail: 'A token that is bound to a key cannot be checked for another address.',
    });
  }
  return requireCaller(services, request, callKind(request.header('x-forwarded-method') ?? ''));
}

const scopeToken = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/** What is not understood is refused: a misspelt parameter would let everybody pass. */
function requiredScope(query: string): readonly string[] {
  const parameters = [...new URLSearchParams(query)];
  if (parameters.length === 0) return [];
  const [[name, value] = ['', '']] = parameters;
  const scopes = value.split(' ');
  if (parameters.length > 1 || name !== 'scope' || !scopes.every((scope) => scopeToken.test(scope))) {
    throw malformed(
      'The query may hold one parameter, "scope": scopes that are all required, separated by spaces.',
    );
  }
  return scopes;
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
