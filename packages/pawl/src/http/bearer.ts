import type { Verification } from '../authority/authority.js';
import { PawlError } from '../errors.js';
import { dpopAlgorithms } from '../proof/index.js';
import type { AccessClaims } from '../tokens/index.js';
import { cookiesOfMode, readCookie } from './cookies.js';
import { provenKeyOfToken } from './dpop.js';
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
 * Authenticates a call by its access token or session token: the one in `Authorization`, else the cookie. A token that is bound to a key
 * passes with the scheme `DPoP` and a proof by that key only.
 *
 * @param kind - `write` asks a call by cookie for its origin
 * @throws PawlError `invalid_token`, `token_unproven`, `cross_site_request`, `store_unavailable`
 * @see [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750.html#section-2.1), [RFC 9449 §7](https://www.rfc-editor.org/rfc/rfc9449.html#section-7)
 */
export async function requireCaller(
  services: Services,
  request: HttpRequest,
  kind: 'read' | 'write',
): Promise<Caller> {
  const received = receiveToken(services, request);
  if (received === null)
    throw new PawlError('invalid_token', 'no access token', {
      detail: `${services.authority.mode === 'session' ? 'A session' : 'An access'} token is required.`,
    });
  const { token, by } = received;
  if (by === 'cookie' && kind === 'write') requireSameOrigin(request, services.origin);
  const verification: Verification = await services.authority.verify(token);
  if (!verification.valid) throw new PawlError('invalid_token', `token refused: ${verification.reason}`);
  const { claims } = verification;
  await requireProof(services, request, received, claims.cnf?.jkt ?? null);
  return { claims, byCookie: by === 'cookie' };
}

interface ReceivedToken {
  readonly token: string;
  readonly by: 'bearer' | 'dpop' | 'cookie';
}

/** The token of `Authorization`, with either scheme; null without one. */
export function readAuthorization(request: HttpRequest): ReceivedToken | null {
  const [, scheme = '', token] = /^(bearer|dpop) +(\S+)$/i.exec(request.header('authorization') ?? '') ?? [];
  return token === undefined ? null : { token, by: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer' };
}

function receiveToken(services: Services, request: HttpRequest): ReceivedToken | null {
  const authorized = readAuthorization(request);
  if (authorized !== null) return authorized;
  const cookie = readCookie(request, cookiesOfMode(services.authority.mode).caller);
  return cookie === null ? null : { token: cookie, by: 'cookie' };
}

async function requireProof(
  services: Services,
  request: HttpRequest,
  { token, by }: ReceivedToken,
  boundTo: string | null,
): Promise<void> {
  if (by === 'dpop') {
    const shown = await provenKeyOfToken(services, request, token);
    if (shown !== boundTo)
      throw new PawlError('invalid_token', 'a proof by another key than the token names');
  } else if (boundTo !== null) {
    throw new PawlError('invalid_token', 'a bound token came without its proof', {
      detail: 'The access token is bound to a key: it is to be sent with the scheme DPoP and a proof.',
    });
  }
}

/**
 * The challenges of a 401, in one header: some frameworks keep only the last one of a name. A caller that sent no token is not told of an
 * error (RFC 6750 §3).
 *
 * @see [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449.html#section-7.1)
 */
export function challenge(services: Services, request: HttpRequest, error: string): HttpResponse['headers'] {
  const isByDpop = readAuthorization(request)?.by === 'dpop';
  const bearer = isByDpop ? 'Bearer realm="pawl"' : bearerChallenge(services, request, error);
  const algorithms = `algs="${dpopAlgorithms.join(' ')}"`;
  return isByDpop
    ? [['www-authenticate', `DPoP realm="pawl", error="${error}", ${algorithms}, ${bearer}`]]
    : [['www-authenticate', `${bearer}, DPoP realm="pawl", ${algorithms}`]];
}

/** The challenge of a place where only bearer tokens are taken. */
export function bearerChallenge(services: Services, request: HttpRequest, error: string): string {
  const isSent = request.header('authorization') !== null || receiveToken(services, request) !== null;
  return `Bearer realm="pawl"${isSent ? `, error="${error}"` : ''}`;
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
