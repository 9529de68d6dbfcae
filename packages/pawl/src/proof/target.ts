/** Printable ASCII without the backslash, which an URL parser takes for a slash. */
const addressFormat = /^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i;

const unreserved = /^[A-Za-z0-9._~-]$/;

/**
 * An http(s) address in the form in which two that mean the same are equal: scheme and host in lower case, no default port, no dot
 * segments, percent-encoding in upper case and only where it is needed; without query and fragment.
 *
 * @returns null when it is no such address, or contains credentials
 * @see [RFC 3986 §6.2.2, §6.2.3](https://www.rfc-editor.org/rfc/rfc3986.html#section-6.2.2)
 */
export function normalizedTarget(address: string): string | null {
  const url = addressFormat.test(address) && URL.canParse(address) ? new URL(address) : null;
  if (url === null || url.username !== '' || url.password !== '') return null;
  return url.origin + url.pathname.replaceAll(/%[0-9a-f]{2}/gi, normalizedOctet);
}

function normalizedOctet(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return unreserved.test(character) ? character : encoded.toUpperCase();
}
