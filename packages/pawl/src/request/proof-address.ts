import { normalizedTarget } from '../proof/target.js';

/**
 * The address that a DPoP proof for a request must name.
 *
 * @param origin - scheme, host and port as clients know them
 * @param target - path of the request, with or without its query
 * @returns null when the target is no path, such as `*`: behind the origin it could be read as a part of another host
 * @see [RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449.html#section-4.3)
 */
export function proofAddress(origin: string, target: string): string | null {
  const address = origin + target;
  return target.startsWith('/') && normalizedTarget(address) !== null ? address : null;
}
