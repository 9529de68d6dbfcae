import type { Head } from '../request/incoming.js';
import type { BodyStream } from './body-stream.js';

/** A request as the endpoints see it, whatever brought it: a web-standard Request or a Node socket. */
export interface HttpRequest extends Head {
  /** Path of the URL, still percent-encoded, without the query. */
  readonly path: string;
  /** What stands behind the question mark, as sent. */
  readonly query: string;
  /** Address of the caller as resolved by the server's options; null when unknown. */
  readonly address: string | null;
  /**
   * The whole body as UTF-8.
   *
   * @throws PawlError `body_too_large`, `invalid_request` when the caller breaks off, `body_consumed` when somebody else has read it
   */
  readBody(): Promise<string>;
}

/** The part of a request that says who makes it. */
export interface Call extends Head {
  readonly path: string;
  /** The caller's, as far as it is known; for events. */
  readonly address?: string | null;
}

/** From where a request comes, for the use cases. */
export function whereFrom(request: HttpRequest): { readonly address?: string; readonly agent?: string } {
  const agent = request.header('user-agent');
  return {
    ...(request.address === null ? {} : { address: request.address }),
    ...(agent === null ? {} : { agent }),
  };
}

/** An answer of an endpoint. */
export interface HttpResponse {
  readonly status: number;
  /** In order; a name may occur more than once (Set-Cookie). */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Empty for no body. */
  readonly body: string | BodyStream;
}

/** An answer whose body is there as a whole. */
export interface TextResponse extends HttpResponse {
  readonly body: string;
}

/** The caller's address from the socket's peer and the X-Forwarded-For header. */
export type ClientAddress = (peer: string | null, forwardedFor: string | null) => string | null;

/** The longest body that is read. */
export const maxBodyBytes = 65_536;

const noStore = ['cache-control', 'no-store'] as const;
/** So that a browser which is led to an answer takes it for nothing else. */
export const noSniff = ['x-content-type-options', 'nosniff'] as const;

/** A JSON answer that no cache keeps. */
export function json(status: number, body: object, headers: HttpResponse['headers'] = []): TextResponse {
  return {
    status,
    headers: [['content-type', 'application/json'], noStore, noSniff, ...headers],
    body: JSON.stringify(body),
  };
}

/** A JSON answer that everybody may keep for a while. */
export function publicJson(body: object, maxAgeSeconds: number): TextResponse {
  return {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['cache-control', `public, max-age=${String(maxAgeSeconds)}`],
      noSniff,
    ],
    body: JSON.stringify(body),
  };
}

/** An answer of a type of its own that no cache keeps. */
export function ofType(
  type: string,
  body: HttpResponse['body'],
  headers: HttpResponse['headers'] = [],
): HttpResponse {
  return { status: 200, headers: [['content-type', type], noStore, noSniff, ...headers], body };
}

/** 204 without a body. */
export function noContent(headers: HttpResponse['headers'] = []): TextResponse {
  return { status: 204, headers: [noStore, noSniff, ...headers], body: '' };
}
