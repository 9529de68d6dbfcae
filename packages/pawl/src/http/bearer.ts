import type { Verification } from '../authority/authority.js';
import { PawlError } from '../errors.js';
import type { AccessClaims } from '../tokens/index.js';
import { cookiesOfMode, readCookie } from './cookies.js';
import { errorResponse } from './error-response.js';
import type { HttpRequest, HttpResponse, TextResponse } from './exchange.js';
import type { Services } from './handler.js';
import { requireSameOrigin } from './same-origin.js';

/** Who makes a call, and whether a cookie said so. */
export interface Caller {
  readonly claims: AccessClaims;
  readonly byCookie: boolean;
}

/**
 * Authenticates a call by its access token or session token: `Authorization: Bearer`, else the cookie.
 *
 * @param kind - `write` asks a call by cookie for its origin
 * @throws PawlError `invalid_token`, `cross_site_request`, `store_unavailable`
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750.html#section-2.1)
 */
export async function requireCaller(
  services: Services,
  request: HttpRequest,
  kind: 'read' | 'write',
): Promise<Caller> {
  const bearer = readBearer(request);
  const cookie = bearer === null ? readCookie(request, cookiesOfMode(services.authority.mode).caller) : null;
  const token = bearer ?? cookie;
  if (token === null)
    throw new PawlError('invalid_token', 'no access token', {
      detail: `${services.authority.mode === 'session' ? 'A session' : 'An access'} token is required.`,
    });
  if (cookie !== null && kind === 'write') requireSameOrigin(request, services.origin);
  const verification: Verification = await services.authority.verify(token);
  if (!verification.valid) throw new PawlError('invalid_token', `token refused: ${verification.reason}`);
  return { claims: verification.claims, byCookie: cookie !== null };
}

/** The token of `Authorization: Bearer`; null without one. */
export function readBearer(request: HttpRequest): string | null {
  return /^bearer +(\S+)$/i.exec(request.header('authorization') ?? '')?.[1] ?? null;
}

/** RFC 6750 §3: a caller that sent no token is not told of an error. */
export function challenge(services: Services, request: HttpRequest): HttpResponse['headers'] {
  const cookie = readCookie(request, cookiesOfMode(services.authority.mode).caller);
  const sent = request.header('authorization') !== null || cookie !== null;
  return [['www-authenticate', sent ? 'Bearer realm="pawl", error="invalid_token"' : 'Bearer realm="pawl"']];
}

/**
 * The answer to a good token that lacks a scope.
 *
 * @see [RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750.html#section-3.1)
 */
export function insufficientScope(required: readonly string[]): TextResponse {
  const scope = required.join(' ');
  return errorResponse(new PawlError('insufficient_scope', 'a scope is missing'), [
    ['www-authenticate', `Bearer realm="pawl", error="insufficient_scope", scope="${scope}"`],
  ]);
}
