import { refreshByBrowserEndpoint, registerBrowserEndpoint } from './endpoints/dbsc.js';
import { jwksEndpoint, oauthMetadataEndpoint, openidMetadataEndpoint } from './endpoints/discovery.js';
import { introspectEndpoint } from './endpoints/introspect.js';
import { loginEndpoint } from './endpoints/login.js';
import { logoutEndpoint } from './endpoints/logout.js';
import { healthEndpoint, metricsEndpoint, readyEndpoint } from './endpoints/operations.js';
import { refreshEndpoint } from './endpoints/refresh.js';
import { revocationsEndpoint } from './endpoints/revocations.js';
import { revokeEndpoint } from './endpoints/revoke.js';
import {
  listSessionsEndpoint,
  revokeAllEndpoint,
  revokeOthersEndpoint,
  revokeSessionEndpoint,
} from './endpoints/sessions.js';
import { tokenEndpoint } from './endpoints/token.js';
import { userinfoEndpoint } from './endpoints/userinfo.js';
import { verifyEndpoint } from './endpoints/verify.js';
import type { HttpRequest, HttpResponse } from './exchange.js';
import type { Services } from './handler.js';

/** Answers one request; `parameter` is the last path segment of a route that ends with `{id}`. */
export type Endpoint = (
  services: Services,
  request: HttpRequest,
  parameter: string,
) => HttpResponse | Promise<HttpResponse>;

type Methods = Readonly<Partial<Record<'GET' | 'POST' | 'DELETE', Endpoint>>>;

/** Every address, below the issuer's path. */
const routes: Readonly<Record<string, Methods>> = {
  '/login': { POST: loginEndpoint },
  '/refresh': { POST: refreshEndpoint },
  '/dbsc/register': { POST: registerBrowserEndpoint },
  '/dbsc/refresh': { POST: refreshByBrowserEndpoint },
  '/logout': { POST: logoutEndpoint },
  '/sessions': { GET: listSessionsEndpoint, DELETE: revokeOthersEndpoint },
  '/sessions/revoke-all': { POST: revokeAllEndpoint },
  '/sessions/{id}': { DELETE: revokeSessionEndpoint },
  '/userinfo': { GET: userinfoEndpoint, POST: userinfoEndpoint },
  '/verify': { GET: verifyEndpoint },
  '/token': { POST: tokenEndpoint },
  '/revoke': { POST: revokeEndpoint },
  '/introspect': { POST: introspectEndpoint },
  '/revocations': { GET: revocationsEndpoint },
  '/jwks.json': { GET: jwksEndpoint },
  '/.well-known/oauth-authorization-server': { GET: oauthMetadataEndpoint },
  '/.well-known/openid-configuration': { GET: openidMetadataEndpoint },
  '/healthz': { GET: healthEndpoint },
  '/readyz': { GET: readyEndpoint },
  '/metrics': { GET: metricsEndpoint },
};

export interface Match {
  /** The route's pattern, for metrics: never the path itself, which the caller chooses. */
  readonly route: string;
  readonly methods: Methods;
  readonly parameter: string;
}

const byPath: ReadonlyMap<string, Methods> = new Map(Object.entries(routes));

/** The route of a path below the issuer's path; null when there is none. */
export function matchRoute(path: string): Match | null {
  const methods = byPath.get(path);
  if (methods !== undefined && !path.includes('{')) return { route: path, methods, parameter: '' };
  const cut = path.lastIndexOf('/') + 1;
  const pattern = `${path.slice(0, cut)}{id}`;
  const parameter = path.slice(cut);
  const withParameter = byPath.get(pattern);
  return withParameter === undefined || parameter === ''
    ? null
    : { route: pattern, methods: withParameter, parameter };
}
