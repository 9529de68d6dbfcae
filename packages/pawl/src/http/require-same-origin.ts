import { PawlError } from '../errors.js';
import type { Head } from '../request/incoming.js';
import { isSameOrigin } from '../request/same-origin.js';

/**
 * Lets a call that changes something by a cookie pass only from the own origin.
 *
 * @param origin - this server's origin, scheme and host
 * @throws PawlError `cross_site_request`, also when the caller does not say where it comes from
 */
export function requireSameOrigin(request: Pick<Head, 'header'>, origin: string): void {
  if (isSameOrigin(request, origin)) return;
  throw new PawlError('cross_site_request', 'a call with a cookie did not come from the own origin');
}
