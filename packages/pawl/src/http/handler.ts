import type { IncomingMessage, ServerResponse } from 'node:http';
import { isPawlError, PawlError } from '../errors.js';
import type { IncomingRequest } from '../request/incoming.js';
import type { Admitted, Denied, Requirements } from '../verifier/index.js';
import { answerError, errorResponse, reported } from './answer-error.js';
import type { Arrival } from './arrival.js';
import { createClients } from './clients.js';
import { corsHeaders, isPreflight, preflightResponse } from './cors.js';
import { nonceHeaders } from './dpop.js';
import type { ClientAddress, HttpRequest, HttpResponse } from './exchange.js';
import { createFeedHub } from './feed-hub.js';
import { answerFetch } from './fetch.js';
import { judgeIncoming } from './guard.js';
import { createMetrics } from './metrics.js';
import { operations } from './modules.js';
import { answerNode } from './node.js';
import { type HandlerOptions, resolveHandlerOptions } from './options.js';
import { readParameters } from './read-parameters.js';
import type { AnyRoute } from './route.js';
import { createRouter, type Match, type Router } from './router.js';
import { createSecretFailures } from './secret-failures.js';
import type { Services } from './services.js';
import { type SignedIn, type SignIn, signIn } from './sign-in.js';
import { createSessionCookies } from './session-cookies.js';

/** The HTTP interface of one authority. */
export interface Handler {
  /** Answers a web-standard request. */
  fetch(request: Request, arrival?: Arrival & { readonly address?: string }): Promise<Response>;
  /** Answers a Node request without making web-standard objects; a body that Express has parsed is found by itself. */
  node(request: IncomingMessage, response: ServerResponse, arrival?: Arrival): Promise<void>;
  /**
   * Health and metrics alone, for a port of their own: `/healthz`, `/readyz` and `/metrics`, whatever the path of the issuer. The counters are those of
   * this handler, which serves the three besides unless `without` names `operations`.
   */
  readonly operations: Pick<Handler, 'fetch' | 'node'>;
  /**
   * Checks who makes a request to the application beside this handler, as `Verifier.verify` does elsewhere, so that the guards of
   * `pawl/verifier/adapters` take either. The store is asked, and the cookie is accepted too: from the own origin, where the method is not GET,
   * HEAD or OPTIONS, and for a WebSocket. Sends nothing.
   *
   * @throws PawlError `option_invalid` when `requireScope` is no list of scopes
   */
  verify(request: IncomingRequest, requirements?: Requirements): Promise<Admitted | Denied>;
  /**
   * Logs in whoever you have authenticated otherwise, such as by a passkey, a social login or a link in a mail: what `POST /login` gives after the password.
   * By cookie, the login goes on in the session that the browser has, where that is the same subject's; one of somebody else ends. Sends nothing: the headers
   * go with your own answer.
   *
   * Does NOT check credentials, and does NOT slow anybody down.
   *
   * @param request - a web-standard or Node request; with `transport: 'cookie'` from the own origin. Its body stays yours
   * @throws PawlError `invalid_request` naming a member that breaks its rule, `option_invalid` for one that is unknown, `cross_site_request`,
   * `invalid_credentials` when the subject was refused or revoked meanwhile, `invalid_dpop_proof`, `use_dpop_nonce`, `store_unavailable`, `claims_unavailable`
   */
  signIn(request: IncomingRequest, login: SignIn): Promise<SignedIn>;
  /** Ends the streams of revocations, which would keep a server from stopping; their subscribers go on elsewhere. */
  close(): void;
}

type Listener = Pick<Handler, 'fetch' | 'node'>;

/**
 * The HTTP interface of an authority, mounted at the issuer's path.
 *
 * Does NOT terminate TLS, and does NOT end the authority.
 *
 * @throws PawlError `option_invalid` for an option that is unknown, missing, or breaks its rule
 */
export function createHandler(options: HandlerOptions): Handler {
  const resolved = resolveHandlerOptions(options);
  const { authority, onError, clientAddress, allowedOrigins } = resolved;
  const metrics = createMetrics();
  authority.subscribe((event) => {
    metrics.countEvent(event);
  });
  const issuer = new URL(authority.issuer);
  const feed = createFeedHub({
    revocations: () => authority.revocations,
    now: () => authority.now(),
    heartbeatSeconds: resolved.heartbeatSeconds,
  });
  const router = createRouter(resolved.modules);
  const services: Services = {
    authority,
    authenticate: resolved.authenticate,
    userinfo: resolved.userinfo,
    clients: createClients(resolved.clients, authority.accessSeconds),
    secretFailures: createSecretFailures(() => authority.now()),
    acceptsThirdParty: resolved.acceptsThirdParty,
    metrics,
    feed,
    cookies: createSessionCookies(authority.issuer, authority.mode),
    origin: issuer.origin,
    basePath: issuer.pathname.replace(/\/$/, ''),
    deviceBoundSessions: resolved.deviceBoundSessions,
    routes: router.routes,
  };
  return {
    ...listenerOf({ services, router, allowedOrigins, onError }, clientAddress),
    operations: listenerOf(
      {
        services: { ...services, basePath: '' },
        router: createRouter([operations]),
        allowedOrigins: new Set(),
        onError,
      },
      clientAddress,
    ),
    verify: (request, requirements = {}) => judgeIncoming(services, request, requirements, onError),
    signIn: (request, login) => signIn(services, request, login, clientAddress),
    close: () => feed.close(),
  };
}

/** What requests of one listener are answered from. */
interface Site {
  readonly services: Services;
  readonly router: Router;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly onError: (error: unknown) => void;
}

function listenerOf(site: Site, clientAddress: ClientAddress): Listener {
  const answer = (request: HttpRequest): Promise<HttpResponse> => answerAndCount(site, request);
  return {
    fetch: (request, arrival = {}) =>
      answerFetch(request, arrival.address ?? null, arrival, clientAddress, answer),
    node: (request, response, arrival = {}) => answerNode(request, response, arrival, clientAddress, answer),
  };
}

async function answerAndCount(site: Site, request: HttpRequest): Promise<HttpResponse> {
  const { services, router, allowedOrigins } = site;
  const startedAt = performance.now();
  const path = pathBelow(request.path, services.basePath);
  const match = path === null ? null : router.match(path);
  const answered =
    match !== null && isPreflight(allowedOrigins, request)
      ? preflightResponse(methodsOf(match))
      : await answerAt(site, { request, path, match });
  const added = [...nonceHeaders(services, request), ...corsHeaders(allowedOrigins, request)];
  const response = added.length === 0 ? answered : { ...answered, headers: [...answered.headers, ...added] };
  const durationSeconds = (performance.now() - startedAt) / 1000;
  const method = match === null ? 'any' : knownMethod(request.method);
  const { status } = response;
  services.metrics.countRequest({ route: match?.pattern ?? 'none', method, status, durationSeconds });
  return request.method === 'HEAD' ? { ...response, body: '' } : response;
}

const wellKnown = '/.well-known/oauth-authorization-server';

/** The path below the issuer's, null for another one; RFC 8414 §3.1 puts the issuer's path behind the well-known one. */
function pathBelow(path: string, basePath: string): string | null {
  if (path === wellKnown + basePath) return wellKnown;
  return path === basePath || path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : null;
}

function knownMethod(method: string): string {
  return ['GET', 'HEAD', 'POST', 'DELETE'].includes(method) ? method : 'other';
}

interface Addressed {
  readonly request: HttpRequest;
  /** Below the issuer's; null for another one. */
  readonly path: string | null;
  readonly match: Match | null;
}

async function answerAt(
  { services, router, onError }: Site,
  { request, path, match }: Addressed,
): Promise<HttpResponse> {
  try {
    if (path === null) throw elsewhere(services.basePath);
    if (match === null) throw new PawlError('not_found', 'no such route');
    const route = routeFor(match, request.method);
    if (route === null) throw new PawlError('method_not_allowed', 'no such method here');
    const parameters = await readParameters(route, request);
    return await route.run(services, { request, parameters, id: match.id });
  } catch (error) {
    const module = match?.module ?? router.moduleBelow(path ?? '');
    const isNoMethod = match !== null && isPawlError(error, 'method_not_allowed');
    if (isNoMethod) return errorResponse(error, [['allow', methodsOf(match)]]);
    if (module?.answerError === undefined) return answerError(error, onError);
    return module.answerError(reported(error, onError), request);
  }
}

/** Says what a handler that is mounted at another path than the issuer's would otherwise hide. */
function elsewhere(basePath: string): PawlError {
  const detail = `There is nothing at this address; everything is below ${basePath}, the path of the issuer.`;
  return new PawlError('not_found', 'a path that is not below that of the issuer', { detail });
}

function routeFor({ routes }: Match, method: string): AnyRoute | null {
  return routes.get(method === 'HEAD' ? 'GET' : method) ?? null;
}

function methodsOf({ routes }: Match): string {
  const methods = [...routes.keys()];
  return (methods.includes('GET') ? ['HEAD', ...methods] : methods).join(', ');
}
