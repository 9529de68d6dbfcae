import type { Head } from './incoming.js';

const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Headers of a handshake for a WebSocket, one of which every version and every proxy leaves in. */
const handshake = ['upgrade', 'sec-websocket-key', 'sec-websocket-version'] as const;

/**
 * Whether a call may change something, so that a cookie counts only from the own origin. A handshake for a WebSocket is one: what is sent through
 * the socket afterwards is asked for nothing any more.
 *
 * @param method - of the call; another one than the request's where a proxy asks about a call
 */
export function isWriting(request: Pick<Head, 'header'>, method: string): boolean {
  return !reading.has(method) || handshake.some((name) => request.header(name) !== null);
}

/**
 * Whether the browser says that a call comes from a page of this origin. A call that says nothing does not.
 *
 * @param origin - this server's origin, scheme and host
 * @see [Fetch Metadata](https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header)
 */
export function isSameOrigin(request: Pick<Head, 'header'>, origin: string): boolean {
  const site = request.header('sec-fetch-site');
  // Fetch metadata decides where there is any: a browser sends it, and a page cannot.
  return site === null ? request.header('origin') === origin : site === 'same-origin';
}
