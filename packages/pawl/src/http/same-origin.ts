import { PawlError } from '../errors.js';
import type { HttpRequest } from './exchange.js';

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether a call with this method may change something; `requireCaller` asks such a call by cookie for its origin. */
export function callKind(method: string): 'read' | 'write' {
  return reading.has(method) ? 'read' : 'write';
}

/**
 * Lets a state-changing call that a cookie authenticates pass only when the browser says that it comes from this origin.
 *
 * @param origin - this server's origin, scheme and host
 * @throws PawlError `cross_site_request`, also when the caller sends neither header
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function requireSameOrigin(request: HttpRequest, origin: string): void {
  const site = request.header('sec-fetch-site');
  // Fetch metadata decides where there is any: a browser sends it, and a page cannot.
  const same = site === null ? request.header('origin') === origin : site === 'same-origin';
  if (!same)
    throw new PawlError('cross_site_request', 'a call with a cookie did not come from the own origin');
}
