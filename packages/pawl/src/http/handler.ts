import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnyAuthority } from '../authority/authority.js';
import type { Secret } from '../base/secret.js';
import { PawlError } from '../errors.js';
import { flag, invalid } from '../option-checks.js';
import type { Admitted, Denied, IncomingRequest, Requirements } from '../verifier/index.js';
import { answerError } from './answer-error.js';
import type { Arrival } from './arrival.js';
import type { ClientRegistration } from './client-authentication.js';
import { checkOrigins, corsHeaders, isPreflight, preflightResponse } from './cors.js';
import { nonceHeaders } from './dpop.js';
import { errorResponse } from './error-response.js';
import type { ClientAddress, HttpRequest, HttpResponse } from './exchange.js';
import { createFeedHub, defaultHeartbeatSeconds, type FeedHub } from './feed-hub.js';
import { answerFetch } from './fetch.js';
import { judgeIncoming } from './guard.js';
import { createMetrics, type Metrics } from './metrics.js';
import { answerNode } from './node.js';
import { type Match, matchRoute } from './routes.js';

/** A username and a password that somebody typed. */
export interface LoginAttempt {
  readonly username: string;
  readonly password: Secret;
  /** The caller's address, for throttling; null when unknown. */
  readonly address: string | null;
}

/** Who it is, or why not. `wrong` must be the same for an unknown user, in time too. */
export type Authentication =
  | {
      readonly ok: true;
      readonly subject: string;
      /** Authentication methods, RFC 8176. */
      readonly amr: readonly string[];
      readonly acr?: string;
      readonly scope?: string;
      /** The subject's epoch from before the check, see `LoginRequest`. */
      readonly epoch?: number;
    }
  | { readonly ok: false; readonly reason: 'wrong' }
  | { readonly ok: false; readonly reason: 'throttled'; readonly retryAfterSeconds: number };

/** What `createHandler` is configured with. */
export interface HandlerOptions {
  readonly authority: AnyAuthority;
  /** Checks a login. */
  readonly authenticate: (attempt: LoginAttempt) => Promise<Authentication>;
  /** Clients with a secret; only they may introspect, and follow the revocation feed. Default: none. */
  readonly clients?: readonly ClientRegistration[];
  /** The caller's address from the socket's peer and X-Forwarded-For. Default: the peer, whatever the header says. */
  readonly clientAddress?: ClientAddress;
  /**
   * Offers browsers that log in by cookie to bind the session to a key of theirs (DBSC). Default: where it can work, which is with
   * `mode: 'tokens'`, an https issuer and an `accessSeconds` of 300 or more; true with shorter access tokens is refused. Sessions that are bound stay so when
   * this changes.
   */
  readonly deviceBoundSessions?: boolean;
  /** Origins of browser applications that may call from elsewhere, with tokens in the body. Default: none. */
  readonly allowedOrigins?: readonly string[];
  /** Where an error goes that is answered with 500 or 503. Default: nowhere. */
  readonly onError?: (error: unknown) => void;
  /** Longest time between two events of a stream of revocations. Default 5, at least 0.01 and at most 60. */
  readonly heartbeatSeconds?: number;
}

/** The HTTP interface of one authority. */
export interface Handler {
  /** Answers a web-standard request. */
  fetch(request: Request, arrival?: Arrival & { readonly address?: string }): Promise<Response>;
  /** Answers a Node request without making web-standard objects; a body that Express has parsed is found by itself. */
  node(request: IncomingMessage, response: ServerResponse, arrival?: Arrival): Promise<void>;
  /**
   * Checks who makes a request to the application beside this handler, as `Verifier.verify` does elsewhere, so that the guards of
   * `pawl/verifier/adapters` take either. The store is asked, and the cookie is accepted too: from the own origin, where the method is not GET,
   * HEAD or OPTIONS. Sends nothing.
   *
   * @throws PawlError `option_invalid` when `requireScope` is no list of scopes
   */
  verify(request: IncomingRequest, requirements?: Requirements): Promise<Admitted | Denied>;
  /** Ends the streams of revocations, which would keep a server from stopping; their subscribers go on elsewhere. */
  close(): void;
}

/** What every endpoint works with. */
export interface Services {
  readonly authority: AnyAuthority;
  readonly authenticate: HandlerOptions['authenticate'];
  readonly clients: readonly ClientRegistration[];
  readonly metrics: Metrics;
  readonly feed: FeedHub;
  /** Scheme and host that browsers know this server by. */
  readonly origin: string;
  /** The issuer's path without a slash at the end; empty at the root. */
  readonly basePath: string;
  readonly deviceBoundSessions: boolean;
}

/** Chromium signs six times in nine minutes for one site, and it refreshes two minutes ahead. */
const leastBoundAccessSeconds = 300;

function offersDeviceBoundSessions({ authority, deviceBoundSessions }: HandlerOptions): boolean {
  const { accessSeconds, issuer, mode } = authority;
  const wanted = flag('deviceBoundSessions', deviceBoundSessions ?? accessSeconds >= leastBoundAccessSeconds);
  if (wanted && accessSeconds < leastBoundAccessSeconds) {
    const rule = `false with accessSeconds below ${String(leastBoundAccessSeconds)}`;
    throw invalid('deviceBoundSessions', 'is true', rule);
  }
  // A browser registers nothing over http.
  return wanted && mode === 'tokens' && issuer.startsWith('https:');
}

/**
 * The HTTP interface of an authority, mounted at the issuer's path.
 *
 * Does NOT terminate TLS, and does NOT end the authority.
 *
 * @throws PawlError `option_invalid` when `allowedOrigins`, `deviceBoundSessions` or `heartbeatSeconds` breaks its rule
 */
export function createHandler(options: HandlerOptions): Handler {
  const { authority, authenticate, clients = [], onError = () => undefined } = options;
  const clientAddress = options.clientAddress ?? ((peer: string | null) => peer);
  const metrics = createMetrics();
  authority.subscribe((event) => {
    metrics.countEvent(event);
  });
  const issuer = new URL(authority.issuer);
  const feed = createFeedHub({
    feed: () => authority.revocations,
    now: () => authority.now(),
    heartbeatSeconds: checkHeartbeat(options.heartbeatSeconds ?? defaultHeartbeatSeconds),
  });
  const basePath = issuer.pathname.replace(/\/$/, '');
  const services: Services = {
    authority,
    authenticate,
    clients,
    metrics,
    feed,
    origin: issuer.origin,
    basePath,
    deviceBoundSessions: offersDeviceBoundSessions(options),
  };
  const origins = checkOrigins(options.allowedOrigins ?? []);

  async function answer(request: HttpRequest): Promise<HttpResponse> {
    const startedAt = performance.now();
    const match = matchRoute(pathBelow(request.path, basePath));
    const matched =
      match !== null && isPreflight(origins, request)
        ? preflightResponse(allowed(match))
        : await answerMatched(services, request, match, onError);
    const added = [...nonceHeaders(services, request), ...corsHeaders(origins, request)];
    const response = added.length === 0 ? matched : { ...matched, headers: [...matched.headers, ...added] };
    const durationSeconds = (performance.now() - startedAt) / 1000;
    const method = match === null ? 'any' : knownMethod(request.method);
    metrics.countRequest({ route: match?.route ?? 'none', method, status: response.status, durationSeconds });
    return request.method === 'HEAD' ? { ...response, body: '' } : response;
  }
  return {
    fetch: (request, arrival = {}) =>
      answerFetch(request, arrival.address ?? null, arrival, clientAddress, answer),
    node: (request, response, arrival = {}) => answerNode(request, response, arrival, clientAddress, answer),
    verify: (request, requirements = {}) => judgeIncoming(services, request, requirements, onError),
    close: () => feed.close(),
  };
}

function checkHeartbeat(heartbeatSeconds: number): number {
  if (heartbeatSeconds >= 0.01 && heartbeatSeconds <= 60) return heartbeatSeconds;
  throw invalid('heartbeatSeconds', `is ${String(heartbeatSeconds)}`, 'a number from 0.01 to 60');
}

const wellKnown = '/.well-known/oauth-authorization-server';

/** The path below the issuer's; RFC 8414 §3.1 puts the issuer's path behind the well-known one. */
function pathBelow(path: string, basePath: string): string {
  if (path === wellKnown + basePath) return wellKnown;
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : '';
}

function knownMethod(method: string): string {
  return ['GET', 'HEAD', 'POST', 'DELETE'].includes(method) ? method : 'other';
}

async function answerMatched(
  services: Services,
  request: HttpRequest,
  match: Match | null,
  onError: (error: unknown) => void,
): Promise<HttpResponse> {
  try {
    if (match === null) throw new PawlError('not_found', 'no such route');
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const endpoint = Object.hasOwn(match.methods, method)
      ? match.methods[method as keyof Match['methods']]
      : undefined;
    if (endpoint === undefined) {
      const error = new PawlError('method_not_allowed', 'no such method here');
      return errorResponse(error, [['allow', allowed(match)]]);
    }
    return await endpoint(services, request, match.parameter);
  } catch (error) {
    return answerError(services, request, error, onError);
  }
}

function allowed(match: Match): string {
  const methods = Object.keys(match.methods);
  return (methods.includes('GET') ? ['HEAD', ...methods] : methods).join(', ');
}
