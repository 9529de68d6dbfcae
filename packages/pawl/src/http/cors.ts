import { kindOf, invalid } from '../option-checks.js';
import { type HttpRequest, type HttpResponse, noSniff } from './exchange.js';

/** What a script of another origin may read besides the body. */
const exposed = 'DPoP-Nonce, WWW-Authenticate, Pawl-Refresh, Retry-After';

const preflightMaxAgeSeconds = 600;

/**
 * Checks a list of origins, as browsers write them in the header Origin.
 *
 * @throws PawlError `option_invalid`
 */
export function checkOrigins(origins: unknown): ReadonlySet<string> {
  const rule = 'a list of origins such as https://app.example, without a path';
  if (!Array.isArray(origins)) throw invalid('allowedOrigins', `is ${kindOf(origins)}`, rule);
  for (const origin of origins as readonly unknown[]) {
    const isOrigin = typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin;
    if (!isOrigin)
      throw invalid(
        'allowedOrigins',
        `contains ${typeof origin === 'string' ? `"${origin}"` : kindOf(origin)}`,
        rule,
      );
  }
  return new Set(origins as readonly string[]);
}

/**
 * Whether a browser asks if a page of an allowed origin may send a request.
 *
 * @see [Fetch §3.3.2](https://fetch.spec.whatwg.org/#cors-preflight-request)
 */
export function isPreflight(allowed: ReadonlySet<string>, request: HttpRequest): boolean {
  const { method } = request;
  return (
    method === 'OPTIONS' &&
    isAllowed(allowed, request) &&
    request.header('access-control-request-method') !== null
  );
}

function isAllowed(allowed: ReadonlySet<string>, request: HttpRequest): boolean {
  return allowed.has(request.header('origin') ?? '');
}

/** The answer to a preflight request. */
export function preflightResponse(methods: string): HttpResponse {
  return {
    status: 204,
    headers: [
      noSniff,
      ['access-control-allow-methods', methods],
      ['access-control-allow-headers', 'authorization, content-type, dpop'],
      ['access-control-max-age', String(preflightMaxAgeSeconds)],
    ],
    body: '',
  };
}

/** The headers that let pages of an allowed origin read an answer. Never with cookies: those are for the own origin alone. */
export function corsHeaders(allowed: ReadonlySet<string>, request: HttpRequest): HttpResponse['headers'] {
  if (allowed.size === 0) return [];
  // For caches: without Origin the answer is another one.
  const vary = ['vary', 'origin'] as const;
  if (!isAllowed(allowed, request)) return [vary];
  return [
    vary,
    ['access-control-allow-origin', request.header('origin') ?? ''],
    ['access-control-expose-headers', exposed],
  ];
}
