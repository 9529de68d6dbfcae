/** The part of a web-standard `Request` that is read. */
export interface WebRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
}

/** The part of a `node:http` request that is read. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** The target before a router cut its own prefix off, as Express and its kin keep it. */
  readonly originalUrl?: string | undefined;
  readonly rawHeaders: readonly string[];
  /** One with a member `encrypted` that is true speaks TLS. */
  readonly socket?: object | undefined;
}

export type IncomingRequest = WebRequest | NodeRequest;

/** Method and headers of a request: what says who makes it. */
export interface Head {
  readonly method: string;
  /** Value of a header by its lower-case name; null when it is absent. What was sent in several lines is joined by commas, a cookie by semicolons. */
  readonly header: (name: string) => string | null;
}

/** One request, whatever brought it. */
export interface Incoming extends Head {
  /** Path, and query behind a question mark, as the client sent them; without a fragment, and without the origin that a request to a proxy names. */
  readonly target: () => string;
  /** The address as the client is assumed to have written it, with a query if there was one; it may be none. */
  readonly url: () => string;
}

/** Reads either kind of request, told apart by shape: the other kind's classes do not exist in every runtime. */
export function incomingOf(request: IncomingRequest): Incoming {
  return 'rawHeaders' in request ? fromNode(request) : fromWeb(request);
}

function fromWeb({ method, url, headers }: WebRequest): Incoming {
  return {
    method,
    header: (name) => headers.get(name),
    target: () => targetOf(url),
    url: () => url,
  };
}

function fromNode(request: NodeRequest): Incoming {
  const { method = 'GET', rawHeaders, socket } = request;
  // Connect, Express and others cut the prefix off `url` while a mounted handler runs.
  const sent = typeof request.originalUrl === 'string' ? request.originalUrl : (request.url ?? '/');
  const header = (name: string): string | null => joinedHeader(rawHeaders, name);
  return {
    method,
    header,
    target: () => targetOf(sent),
    url() {
      if (!sent.startsWith('/')) return sent;
      const isEncrypted = socket !== undefined && Reflect.get(socket, 'encrypted') === true;
      // HTTP/2 names the host in a pseudo-header.
      const host = header('host') ?? header(':authority') ?? '';
      return `${isEncrypted ? 'https' : 'http'}://${host}${sent}`;
    },
  };
}

/** `headers` of node:http keeps the first of two Authorization headers and says nothing of the second. */
function joinedHeader(rawHeaders: readonly string[], name: string): string | null {
  let joined: string | null = null;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const found = rawHeaders[at];
    if (found?.length !== name.length || found.toLowerCase() !== name) continue;
    const value = rawHeaders[at + 1] ?? '';
    joined = joined === null ? value : `${joined}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return joined;
}

/** A backslash ends a host, because URL parsers take it for a slash. */
const httpOrigin = /^https?:\/\/[^/\\?#]*/i;

function targetOf(url: string): string {
  const target = url.replace(httpOrigin, '').replace(/#.*$/s, '');
  // An address without a path means the root (RFC 9112 §3.2.2).
  return target === '' || target.startsWith('?') ? `/${target}` : target;
}

/** Path and query of a target, both as sent. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?');
  return at === -1 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) };
}
